namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>What simulated instructions found wrong; they cannot throw, so tests ask after each use of the device.</summary>
internal static class SimulationFaults
{
    public static void ThrowIfAny()
    {
        string? fault = WarpPad.TakeFault();
        int outstanding = AsyncCopy.TakeOutstanding();
        if (outstanding != 0)
            fault ??= $"A kernel ended with {outstanding} asynchronous copies that it had not waited for.";
        if (fault is not null)
            throw new InvalidOperationException(fault);
    }
}
