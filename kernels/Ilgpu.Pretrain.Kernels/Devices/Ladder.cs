namespace Ilgpu.Pretrain.Kernels;

/// <summary>Makes an op by one of the rungs that it has.</summary>
internal static class Ladder
{
    /// <param name="op">For the message.</param>
    /// <param name="device">Where it is to run.</param>
    /// <param name="asked">Null: the highest that the device runs.</param>
    /// <param name="rungs">What there is.</param>
    /// <exception cref="RungUnavailableException">The op has no such rung, or the device does not run it.</exception>
    public static TOp Create<TOp>(string op, Device device, Rung? asked, params ReadOnlySpan<(Rung Rung, Func<Device, TOp> Make)> rungs)
    {
        (Rung Rung, Func<Device, TOp> Make)? best = null;
        foreach ((Rung Rung, Func<Device, TOp> Make) each in rungs)
        {
            bool wanted = asked is null ? best is null || each.Rung > best.Value.Rung : each.Rung == asked;
            if (wanted && device.Runs(each.Rung))
                best = each;
        }

        return best is { } found ? found.Make(device) : throw new RungUnavailableException(op, asked ?? Rung.Naive, device);
    }
}
