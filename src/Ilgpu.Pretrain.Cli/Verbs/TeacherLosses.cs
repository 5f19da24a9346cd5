using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>What a student's loss is compared with, all on the same validation tokens.</summary>
internal sealed class TeacherLosses(IReadOnlyList<EnsembleMember> teachers, TokenDataset dataset, long? validationTokens, Device device, string store, TextWriter words)
{
    /// <summary>The teachers' losses, alone and together: found in the store, or measured.</summary>
    public EnsembleScores Measure(CancellationToken cancellation) => Measure(teachers, cancellation);

    /// <summary>All teachers' together; those of a mix are measured by the mean of their logits.</summary>
    public static double Together(EnsembleScores scores, TeacherKind kind) =>
        kind == TeacherKind.Probabilities ? scores.ProbabilityAverage[^1] : scores.LogitAverage[^1];

    public DistillationRun BestAlone(EnsembleScores scores)
    {
        int best = Enumerable.Range(0, teachers.Count).MinBy(i => scores.Members[i]);
        return new DistillationRun(teachers[best].Id, teachers[best].Folder, scores.Members[best]);
    }

    /// <exception cref="InputException">It is not a finished run on the same dataset.</exception>
    public DistillationRun OfBaseline(string folder, CancellationToken cancellation)
    {
        IReadOnlyList<EnsembleMember> baseline = EnsembleMember.Open([folder], words.WriteLine);
        TrainingConfig config = baseline[0].Config;
        if (config.DatasetHash != dataset.Hash)
            throw new InputException($"--baseline was given '{folder}', a run on the dataset {config.DatasetHash}; the student's is {dataset.Hash}, and it takes a run on the same.");
        double loss = config.ValidationTokens == validationTokens && RunFolder.FindResult(folder, config) is { } result
            ? result.ValLoss
            : Measure(baseline, cancellation).Members[0];
        return new DistillationRun(config.Id, folder, loss);
    }

    private EnsembleScores Measure(IReadOnlyList<EnsembleMember> members, CancellationToken cancellation) =>
        EnsembleFolder.FindOrMeasure(store, members, validationTokens, () =>
        {
            var evaluator = new EnsembleEvaluator(members, dataset, validationTokens, device, new EnsembleEvaluationOptions());
            words.WriteLine($"Measuring {members.Count} {(members.Count == 1 ? "run" : "runs")} on {evaluator.Tokens:N0} validation tokens");
            return evaluator.Evaluate(cancellation);
        }).Scores;
}
