using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A step in study.json; what its kind has of the fields.</summary>
public sealed record StepRecord
{
    public required string Name { get; init; }

    /// <summary>The name as the file has it, where it has variables.</summary>
    public string? Family { get; init; }

    public required string Kind { get; init; }

    public required StepState State { get; init; }

    /// <summary>Why it failed or is not done; null for nothing to say.</summary>
    public string? Message { get; init; }

    public double Seconds { get; init; }

    /// <summary>Names of steps.</summary>
    public required IReadOnlyList<string> Needs { get; init; }

    /// <summary>Validation loss in nats a token: the lowest of several runs, the averaged logits of all an ensemble's members.</summary>
    public double? Loss { get; init; }

    /// <summary>Of a dataset.</summary>
    public DatasetIdentity? Dataset { get; init; }

    /// <summary>Of a dataset, an ensemble, a tuning or a synthetic corpus; null where a result is known from a ledger only.</summary>
    public string? Folder { get; init; }

    /// <summary>Runs that other steps refer to by this one's name.</summary>
    public IReadOnlyList<RunRecord>? Runs { get; init; }

    /// <summary>Of an ensemble.</summary>
    public EnsembleScores? Scores { get; init; }

    /// <summary>Of a distillation: the teachers' loss together, the baseline's, and the share of the gain that the student kept.</summary>
    public double? TeacherLoss { get; init; }

    public double? BaselineLoss { get; init; }

    public double? ShareKept { get; init; }

    /// <summary>Of an evaluation, one a step whose models were asked.</summary>
    public IReadOnlyList<TaskAccuracy>? Accuracies { get; init; }

    /// <summary>As <c>pretrain fit --json</c> prints it.</summary>
    public JsonNode? Fit { get; init; }

    internal static StepRecord Of(StepReport report, string folder)
    {
        string? Relative(string? path) => path is null ? null : Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(path)).Replace('\\', '/');
        return new StepRecord
        {
            Name = report.Step.Name,
            Family = report.Step.Family,
            Kind = report.Step.Kind,
            State = report.State,
            Message = report.Message,
            Seconds = report.Seconds,
            Needs = [.. report.Step.Needs.Select(need => need.Name)],
            Loss = report.Result?.Loss,
            Dataset = (report.Result as DatasetResult)?.Identity,
            Folder = report.Result switch
            {
                DatasetResult dataset => Relative(dataset.Folder),
                EnsembleResult ensemble => Relative(ensemble.Folder),
                TunedResult tuned => Relative(tuned.Folder),
                DistillationResult distilled => Relative(distilled.CorpusFolder),
                _ => null,
            },
            Runs = report.Result is { Runs: { Count: > 0 } runs } ? [.. runs.Select(run => RunRecord.Of(run, Relative(run.Folder)))] : null,
            Scores = (report.Result as EnsembleResult)?.Scores,
            TeacherLoss = (report.Result as DistillationResult)?.TeacherLoss,
            BaselineLoss = (report.Result as DistillationResult)?.BaselineLoss,
            ShareKept = (report.Result as DistillationResult)?.ShareKept,
            Accuracies = (report.Result as EvaluationResult)?.Accuracies,
            Fit = (report.Result as FitResult)?.Json,
        };
    }
}
