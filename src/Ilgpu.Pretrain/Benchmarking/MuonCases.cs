using System.Runtime.CompilerServices;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using ILGPU;

namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>Muon's calls over the first group of a model's matrices.</summary>
/// <typeparam name="T">What the products are computed in.</typeparam>
internal static class MuonCases<T>
    where T : unmanaged
{
    private const double Momentum = .95;

    public static OpCase[] Of(OpMemory memory, LlamaConfig model)
    {
        Device device = memory.Device;
        var plan = new MuonPlan(new ParameterLayout(model).HiddenMatrices);
        IReadOnlyList<MuonMatrix> matrices = plan.Groups[0];
        MuonGroup group = memory.Own(new MuonGroup(device, plan, matrices));
        var muon = Kernels.Muon.Create<T>(device);
        var newtonSchulz = new NewtonSchulz<T>(device);
        int count = checked((int)group.Length);
        Tensor<float> parameters = memory.Random<float>(1, count);
        Tensor<float> gradients = memory.Random<float>(1, count);
        Tensor<float> momentum = memory.Zero<float>(1, count);
        Tensor<float> norm = memory.Zero<float>(1, 2);
        norm.CopyFrom([1, 1]);
        Tensor<BFloat16>? rounded = typeof(T) == typeof(BFloat16) ? memory.Zero<BFloat16>(1, count) : null;
        ArrayView<T> scratch = memory.Own(device.Allocate<T>(plan.ScratchLength)).View;
        ArrayView<T> direction = scratch.SubView(0, count);
        muon.Accumulate(group, momentum.View, gradients.View, norm, Momentum);
        muon.Normalize(group, direction, momentum.View, gradients.View, norm, Momentum);
        string extents = $"{matrices.Count} matrices, {count:N0} elements";
        double flops = matrices.Sum(matrix => NewtonSchulz.Flops(matrix));
        double orders = matrices.Sum(matrix => (double)matrix.Order * matrix.Order);
        int size = Unsafe.SizeOf<T>();
        return
        [
            new("muon", $"momentum of {extents}", 0, (20.0 + size) * count, () =>
            {
                muon.Accumulate(group, momentum.View, gradients.View, norm, Momentum);
                muon.Normalize(group, direction, momentum.View, gradients.View, norm, Momentum);
            }),
            // What comes out goes in again: singular values near 1 stay there.
            new("muon", $"newton-schulz of {extents}", flops, NewtonSchulz.Iterations * size * ((3.0 * count) + (6 * orders)), () => newtonSchulz.Orthogonalize(group, scratch)),
            new(
                "muon",
                $"update of {extents}",
                0,
                (8.0 + size + (rounded is null ? 0 : 2)) * count,
                () => muon.Update(group, parameters.View, direction, new MuonStep(1e-3, .1), rounded?.View ?? default)),
        ];
    }
}
