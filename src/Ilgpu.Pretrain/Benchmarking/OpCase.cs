namespace Ilgpu.Pretrain.Benchmarking;

/// <summary>A call of an op at a model's shapes.</summary>
/// <param name="Op">One of <see cref="OpCases.Names"/>.</param>
/// <param name="Name">Which of the op's calls, and its extents.</param>
/// <param name="Flops">Multiplications and additions that the call asks for; 0 where memory is the bound.</param>
/// <param name="Bytes">Every operand read or written once.</param>
/// <param name="Call">Launches it.</param>
public sealed record OpCase(string Op, string Name, double Flops, double Bytes, Action Call)
{
    public override string ToString() => $"{Op} {Name}";
}
