using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>Updates a slab of parameters by their gradients.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>Steps taken so far; set when a checkpoint is restored.</summary>
    long StepsTaken { get; set; }

    /// <summary>What a checkpoint keeps beside the parameters: slabs laid out like them, each with the name it is kept by.</summary>
    IReadOnlyList<(string Name, Slab<float> Slab)> State { get; }

    /// <summary>One step. A gradient norm that is not finite leaves parameters and state as they were.</summary>
    /// <param name="rates">This step's.</param>
    /// <param name="globalNorm">The gradients' L2 norm before clipping.</param>
    /// <returns>Whether the norm was finite and the step was taken.</returns>
    bool TryStep(StepRates rates, out float globalNorm);
}
