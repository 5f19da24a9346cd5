using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Scores of members that are trained first where they have to be: found on disk or in the ledger, or measured.</summary>
internal static class EnsembleMeasuring
{
    /// <summary>What was measured before, or null. The members' weights may be gone.</summary>
    /// <returns>The folder is null where the ledger alone has the scores.</returns>
    public static (EnsembleScores Scores, string? Folder)? Find(IReadOnlyList<TrainingConfig> configs, StudyContext context)
    {
        EnsembleMember[] named = [.. configs.Select(config => new EnsembleMember(context.Runs.PathOf(config), config, ModelPath: ""))];
        long? validationTokens = configs[0].ValidationTokens;
        if (EnsembleFolder.FindScores(context.EnsemblesFolder, named, validationTokens) is { } scores)
            return (scores, EnsembleFolder.PathOf(context.EnsemblesFolder, named, validationTokens));
        return context.Ledger.FindEnsemble(configs, validationTokens) is { } listed ? (listed, null) : null;
    }

    public static (EnsembleScores Scores, string? Folder) Measure(StudyStep step, IReadOnlyList<PlannedTraining> runs, StudyContext context)
    {
        if (Find([.. runs.Select(run => run.Config)], context) is { } found)
            return found;
        IReadOnlyList<StudyRun> members = context.Train(step, runs, withWeights: true);
        IReadOnlyList<EnsembleMember> opened = EnsembleMember.Open([.. members.Select(run => run.Folder!)], context.Progress.OnNotice);
        long? validationTokens = opened[0].Config.ValidationTokens;
        TokenDataset dataset = context.OpenDataset(context.DatasetFolderOf(opened[0].Config));
        (string folder, EnsembleScores scores) = context.Compute(step, device => EnsembleFolder.FindOrMeasure(
            context.EnsemblesFolder,
            opened,
            validationTokens,
            () => new EnsembleEvaluator(opened, dataset, validationTokens, device, new EnsembleEvaluationOptions()).Evaluate(context.Cancellation)));
        return (scores, folder);
    }
}
