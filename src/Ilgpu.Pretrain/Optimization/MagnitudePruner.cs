using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>
/// Prunes the layers' seven matrices, each to the schedule's share, by magnitude, and keeps pruned what is: such weights have no
/// gradient, and are exactly 0 after every step whatever the optimizer. Embedding, output head and gains stay whole.
/// </summary>
/// <remarks>
/// What is 0 is pruned: a checkpoint's weights say all. A weight that training itself brings to exactly 0 stays there too.
/// Between the times that more is pruned a step costs two passes over the weights, and nothing goes to the host.
/// </remarks>
public sealed class MagnitudePruner : IDisposable
{
    private readonly PruningSchedule schedule;
    private readonly LlamaModel model;
    private readonly IReadOnlyList<Slab<float>> beside;
    private readonly PruningMask op;
    private readonly DeviceBuffer<byte> mask;
    private readonly long length;
    private readonly float[] onHost;
    private readonly SmallestWeights smallest = new();

    /// <param name="schedule">When and how much.</param>
    /// <param name="model">Whose matrices; made for training.</param>
    /// <param name="beside">Laid out like the parameters or a part of them, and 0 where these are pruned: the optimizer's state, an average.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    public MagnitudePruner(PruningSchedule schedule, LlamaModel model, IReadOnlyList<Slab<float>> beside, Rung? rung = null)
    {
        this.schedule = schedule;
        this.model = model;
        // Muon keeps moments of what is not pruned in slabs of their own, which start behind it.
        this.beside = [.. beside.Where(slab => slab.First == 0)];
        op = PruningMask.Create(model.Device, rung);
        length = model.Layout.HiddenLength;
        mask = model.Device.Allocate<byte>(PruningMask.Bytes(length));
        onHost = new float[model.Layout.LayerMatrices.Max(matrix => (long)matrix.Rows * matrix.Columns)];
    }

    /// <summary>Device memory that it takes, in bytes.</summary>
    public static long Bytes(ParameterLayout layout) => PruningMask.Bytes(layout.HiddenLength);

    /// <summary>Before an optimizer step: what is pruned has no gradient.</summary>
    /// <param name="steps">Steps taken.</param>
    public void BeforeStep(long steps)
    {
        if (schedule.ShareAfter(steps) > 0)
            op.Take(mask.View, model.Parameters.Leading(length), model.Gradients.Leading(length));
    }

    /// <summary>After it: what was pruned is 0, and more is pruned where that is due.</summary>
    /// <param name="steps">Steps taken, this one included.</param>
    public void AfterStep(long steps)
    {
        if (schedule.ShareAfter(steps - 1) > 0)
            op.Apply(mask.View, model.Parameters.Leading(length), model.Rounded?.Leading(length) ?? default);
        if (schedule.IsDueAfter(steps))
            Prune(schedule.ShareAfter(steps));
    }

    public void Dispose() => mask.Dispose();

    private void Prune(double share)
    {
        foreach (NamedParameter matrix in model.Layout.LayerMatrices)
        {
            Tensor<float> weights = matrix.In(model.Parameters);
            Span<float> values = onHost.AsSpan(0, (int)weights.Length);
            weights.CopyTo(values);
            smallest.Clear(values, PruningSchedule.CountOf(share, values.Length));
            weights.CopyFrom(values);
        }

        op.Take(mask.View, model.Parameters.Leading(length), model.Gradients.Leading(length));
        op.Apply(mask.View, model.Parameters.Leading(length), model.Rounded?.Leading(length) ?? default);
        foreach (Slab<float> slab in beside)
            op.Apply(mask.View, slab.Leading(length));
    }
}
