using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A line of a ledger: what its kind has of the fields.</summary>
internal sealed record LedgerLine
{
    public const string HeadKind = "ledger", DatasetKind = "dataset", RunKind = "run", EnsembleKind = "ensemble", TuningKind = "tuning", FitKind = "fit", EvaluationKind = "evaluation";

    /// <summary>Of the lines' format.</summary>
    public const int CurrentFormat = 1;

    public required string Kind { get; init; }

    /// <summary>The step's or the run's in the study that wrote it.</summary>
    public string? Name { get; init; }

    public int? Format { get; init; }

    /// <summary><see cref="DatasetStep.LedgerKey"/>.</summary>
    public string? Key { get; init; }

    public DatasetIdentity? Dataset { get; init; }

    public TrainingConfig? Config { get; init; }

    public RunResult? Result { get; init; }

    /// <summary>What the last bits of a run's result depend on beside its configuration.</summary>
    public string? Machine { get; init; }

    /// <summary>Ids of an ensemble's members, in their order.</summary>
    public IReadOnlyList<string>? Members { get; init; }

    /// <summary>That an ensemble was measured on; null for all.</summary>
    public long? ValidationTokens { get; init; }

    public EnsembleScores? Scores { get; init; }

    public TuningResult? Tuning { get; init; }

    /// <summary>Of an evaluation, one step's models.</summary>
    public TaskAccuracy? Accuracy { get; init; }

    /// <summary>As study.json has it; nothing is taken from it, since fits are worked out anew.</summary>
    public System.Text.Json.Nodes.JsonNode? Fit { get; init; }
}
