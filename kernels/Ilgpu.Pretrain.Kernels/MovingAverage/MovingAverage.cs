using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A moving average of values that change from step to step, over whole slabs: <c>average = average + weight (value -
/// average)</c>; and the exchange of both, for whoever takes the average where the values stand.
/// </summary>
/// <remarks>
/// The arithmetic is double precision in registers (loads and stores are fp32): a weight of 1 gives an average that was 0
/// the value itself, and small weights lose nothing but the store's rounding.
/// </remarks>
public abstract class MovingAverage
{
    public static MovingAverage Create(Device device, Rung? rung = null) =>
        Ladder.Create<MovingAverage>(
            nameof(MovingAverage),
            device,
            rung,
            (Rung.Naive, device => new MovingAverageNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, MovingAverage>>(
                device => new MovingAverageCpu<Floats512, Doubles512>(device),
                device => new MovingAverageCpu<Floats256, Doubles256>(device),
                device => new MovingAverageCpu<Floats128, Doubles128>(device))),
            (Rung.Gpu, device => new MovingAverageGpu(device)));

    /// <summary>Takes the values into the average.</summary>
    /// <param name="average">Updated.</param>
    /// <param name="values">As long.</param>
    /// <param name="weight">Of the values, in [0, 1].</param>
    public void Add(ArrayView<float> average, ArrayView<float> values, double weight)
    {
        RequireLength(average.Length, values);
        if (!(weight >= 0 && weight <= 1))
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "A moving average's weight lies in [0, 1].");
        LaunchAdd(average, values, weight);
    }

    /// <summary>Exchanges two slabs, to the bit.</summary>
    /// <param name="average">Gets the values.</param>
    /// <param name="values">As long; gets the average.</param>
    /// <param name="rounded">As long: what <paramref name="values"/> got, rounded to bf16. Empty: not wanted.</param>
    public void Swap(ArrayView<float> average, ArrayView<float> values, ArrayView<BFloat16> rounded = default)
    {
        RequireLength(average.Length, values);
        if (rounded.Length != 0 && rounded.Length != values.Length)
            throw new ArgumentException($"A swap rounds {values.Length} values; there is room for {rounded.Length}.", nameof(rounded));
        LaunchSwap(average, values, rounded);
    }

    private protected abstract void LaunchAdd(ArrayView<float> average, ArrayView<float> values, double weight);

    private protected abstract void LaunchSwap(ArrayView<float> average, ArrayView<float> values, ArrayView<BFloat16> rounded);

    private static void RequireLength(long length, ArrayView<float> values)
    {
        if (values.Length != length)
            throw new ArgumentException($"A moving average of {length} elements is not one of {values.Length} values.", nameof(values));
    }
}
