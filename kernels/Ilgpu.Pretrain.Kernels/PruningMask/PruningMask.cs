using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Keeps pruned weights pruned. A weight that is exactly 0 is pruned: its gradient is taken to be 0, and it is put back to 0
/// after a step. The mask between the two has a bit a weight, 1 for those that are not pruned, element 8 i + j in bit j of
/// byte i.
/// </summary>
/// <remarks>So the weights are all there is to know of what is pruned: nothing has to be saved beside them.</remarks>
public abstract class PruningMask
{
    /// <summary>Weights in a byte of the mask.</summary>
    public const int WeightsPerByte = 8;

    public static PruningMask Create(Device device, Rung? rung = null) =>
        Ladder.Create<PruningMask>(
            nameof(PruningMask),
            device,
            rung,
            (Rung.Naive, device => new PruningMaskNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, PruningMask>>(
                device => new PruningMaskCpu<Floats512>(device),
                device => new PruningMaskCpu<Floats256>(device),
                device => new PruningMaskCpu<Floats128>(device))),
            (Rung.Gpu, device => new PruningMaskGpu(device)));

    /// <summary>Bytes of the mask of so many weights.</summary>
    public static long Bytes(long weights) => (weights + WeightsPerByte - 1) / WeightsPerByte;

    /// <summary>Makes the mask of weights, and their gradients 0 where they are.</summary>
    /// <param name="mask">Of <see cref="Bytes"/>; overwritten.</param>
    /// <param name="weights">A NaN is not 0.</param>
    /// <param name="gradients">As long; 0 where the weight is 0, the others as they were.</param>
    public void Take(ArrayView<byte> mask, ArrayView<float> weights, ArrayView<float> gradients)
    {
        RequireMask(mask, weights.Length);
        if (gradients.Length != weights.Length)
            throw new ArgumentException($"{gradients.Length} gradients are not those of {weights.Length} weights.", nameof(gradients));
        if (weights.Length > 0)
            LaunchTake(mask, weights, gradients);
    }

    /// <summary>Puts a 0 wherever a mask has one.</summary>
    /// <param name="mask">Of <see cref="Bytes"/>.</param>
    /// <param name="values">Weights, or something laid out like them.</param>
    /// <param name="rounded">As long: their copy in bf16, 0 at the same places. Empty: there is none.</param>
    public void Apply(ArrayView<byte> mask, ArrayView<float> values, ArrayView<BFloat16> rounded = default)
    {
        RequireMask(mask, values.Length);
        if (rounded.Length != 0 && rounded.Length != values.Length)
            throw new ArgumentException($"{rounded.Length} rounded values are not those of {values.Length}.", nameof(rounded));
        if (values.Length > 0)
            LaunchApply(mask, values, rounded);
    }

    private protected abstract void LaunchTake(ArrayView<byte> mask, ArrayView<float> weights, ArrayView<float> gradients);

    private protected abstract void LaunchApply(ArrayView<byte> mask, ArrayView<float> values, ArrayView<BFloat16> rounded);

    private static void RequireMask(ArrayView<byte> mask, long weights)
    {
        if (mask.Length != Bytes(weights))
            throw new ArgumentException($"A mask of {mask.Length} bytes is not one of {weights} weights: that has {Bytes(weights)}.", nameof(mask));
    }
}
