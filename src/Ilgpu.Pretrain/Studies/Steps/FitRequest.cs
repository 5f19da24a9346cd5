using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Studies;

/// <summary>What a fit is asked for.</summary>
internal sealed record FitRequest
{
    public required ScalingLaw Law { get; init; }

    /// <summary>Results that give its rows; those of a label have it in the column <c>recipe</c>.</summary>
    public required IReadOnlyList<(string? Label, StudyStep Step)> Of { get; init; }

    /// <summary>Columns by the law's variables; the others are found by their usual names.</summary>
    public required IReadOnlyDictionary<string, string> Columns { get; init; }

    /// <summary>Conditions that rows satisfy, or null.</summary>
    public string? Where { get; init; }

    public bool DropDiverged { get; init; }

    public required FitOptions Options { get; init; }
}
