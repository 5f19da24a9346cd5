using Ilgpu.Pretrain.Kernels;
using ILGPU;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>Muon's update of all its matrices, whatever its products are computed in.</summary>
internal interface IMuonUpdate : IDisposable
{
    /// <summary>Momentum, Newton-Schulz and the update, group by group.</summary>
    /// <param name="momentum">Laid out like the parameters; updated.</param>
    /// <param name="gradients">Laid out like the parameters.</param>
    /// <param name="norm">1 x 2, from <see cref="GradientNorm"/>.</param>
    /// <param name="decay">Of the momentum.</param>
    /// <param name="step">Learning rate and decay.</param>
    void Step(ArrayView<float> momentum, ArrayView<float> gradients, in Tensor<float> norm, double decay, MuonStep step);
}
