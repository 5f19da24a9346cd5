using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>One of an op's calls at a model's shapes.</summary>
public sealed record OpAtShape(StepCase Shape, string Op, int Index)
{
    /// <summary>Of the call; known once it is set up.</summary>
    public double? Bytes { get; set; }

    public OpCases Create(Device device) => OpCases.Create(device, Shape.Model, Shape.Batch, Shape.Length, ComputePrecision.Fp32, Op);

    public override string ToString() => $"{Shape.Model.Name} {Op} {(Index == 0 ? "forward" : "backward")}";
}
