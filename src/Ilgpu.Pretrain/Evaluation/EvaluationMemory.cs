using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Holds what an evaluation takes against the device's memory before it is allocated.</summary>
internal static class EvaluationMemory
{
    private const double GiB = 1 << 30;

    /// <param name="device">Where the models go.</param>
    /// <param name="configs">Of all models that are to be there at once.</param>
    /// <exception cref="InputException">Their weights alone are more than there is.</exception>
    public static void RequireWeights(Device device, IReadOnlyList<LlamaConfig> configs)
    {
        double weights = WeightBytes(configs) / GiB;
        double there = device.Description.MemoryBytes / GiB;
        if (weights > there)
            throw new InputException(FormattableString.Invariant($"The {configs.Count} models take {weights:0.0} GiB, and {device.Description.Specification} has {there:0.0} GiB: evaluate fewer at a time."));
    }

    /// <param name="models">That are there.</param>
    /// <param name="bytes">That are to be allocated beside them.</param>
    /// <param name="what">Those are, for the message.</param>
    /// <param name="instead">What takes less, for the message.</param>
    /// <exception cref="InputException">The two together are more than there is.</exception>
    public static void Require(IReadOnlyList<LlamaModel> models, long bytes, string what, string instead)
    {
        DeviceDescription device = models[0].Device.Description;
        double weights = WeightBytes(models.Select(model => model.Config)) / GiB;
        double beside = bytes / GiB;
        double there = device.MemoryBytes / GiB;
        if (weights + beside > there)
            throw new InputException(FormattableString.Invariant($"{what} take {beside:0.0} GiB beside {weights:0.0} GiB of weights, and {device.Specification} has {there:0.0} GiB: take {instead}."));
    }

    private static long WeightBytes(IEnumerable<LlamaConfig> configs) => configs.Sum(config => ModelPlan.Of(config, new LlamaModelOptions(1, 1)).Total);
}
