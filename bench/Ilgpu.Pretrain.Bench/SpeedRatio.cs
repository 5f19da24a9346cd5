namespace Ilgpu.Pretrain.Bench;

/// <summary>What something of ours reaches of what the machine does at most.</summary>
/// <param name="Name">As in bench/floors.json.</param>
/// <param name="Measures">For people.</param>
/// <param name="Measure">One measurement.</param>
internal sealed record SpeedRatio(string Name, string Measures, Func<double> Measure);
