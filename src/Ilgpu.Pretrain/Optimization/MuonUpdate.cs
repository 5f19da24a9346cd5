using Ilgpu.Pretrain.Kernels;
using ILGPU;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>The groups of a <see cref="MuonPlan"/> on a device, with scratch memory for the largest.</summary>
/// <typeparam name="T">What the products are computed in: fp32, or bf16 in mixed precision.</typeparam>
internal sealed class MuonUpdate<T> : IMuonUpdate
    where T : unmanaged
{
    private readonly MuonGroup[] groups;
    private readonly Muon<T> muon;
    private readonly NewtonSchulz<T> newtonSchulz;
    private readonly DeviceBuffer<T> scratch;
    private readonly Slab<float> parameters;
    private readonly Slab<BFloat16>? rounded;

    public MuonUpdate(Device device, MuonPlan plan, Slab<float> parameters, Slab<BFloat16>? rounded, Rung? rung)
    {
        this.parameters = parameters;
        this.rounded = rounded;
        muon = Muon.Create<T>(device, rung == Rung.TensorCore ? Rung.Gpu : rung);
        newtonSchulz = new NewtonSchulz<T>(device, rung);
        groups = [.. plan.Groups.Select(group => new MuonGroup(device, plan, group))];
        scratch = device.Allocate<T>(plan.ScratchLength);
    }

    public void Step(ArrayView<float> momentum, ArrayView<float> gradients, in Tensor<float> norm, double decay, MuonStep step)
    {
        foreach (MuonGroup group in groups)
        {
            muon.Accumulate(group, momentum, gradients, norm, decay);
            muon.Normalize(group, scratch.View.SubView(0, group.Length), momentum, gradients, norm, decay);
            ArrayView<T> direction = newtonSchulz.Orthogonalize(group, scratch.View);
            muon.Update(group, parameters.View, direction, step, rounded?.View ?? default);
        }
    }

    public void Dispose()
    {
        scratch.Dispose();
        foreach (MuonGroup group in groups)
            group.Dispose();
    }
}
