using Ilgpu.Pretrain.Evaluation;

namespace Ilgpu.Pretrain.Studies;

/// <content>Evaluations.</content>
internal sealed partial class StudyReader
{
    private static readonly string[] EvaluationKeys = ["of", "task", "data", "shots", "shots-data", "limit", "optional", Expansion.Key];

    private EvaluationStep ReadEvaluation(Declaration declaration)
    {
        YamlMap map = declaration.Body.AsMap();
        string what = $"the evaluation '{declaration.Name}'";
        map.RequireKnown("an evaluation", EvaluationKeys);
        YamlValue task = map.Require("task", what);
        EvaluationTask found = EvaluationTasks.All.FirstOrDefault(each => each.Name == task.AsText())
            ?? throw task.Wrong("one of " + string.Join(", ", EvaluationTasks.All.Select(each => each.Name)));
        int shots = (int)(map.Find("shots")?.AsWhole(0, int.MaxValue) ?? 0);
        if (shots > 0 && !found.TakesShots)
            throw map.Find("shots")!.Place.Error($"'{found.Name}' compares whole texts, which take no examples before them.");
        var request = new TaskRequest(
            found,
            SourcePath(map.Require("data", what)),
            shots,
            map.Find("shots-data") is { } examples ? SourcePath(examples) : null,
            (int?)map.Find("limit")?.AsWhole(1, int.MaxValue));
        StudyStep[] of = [.. map.Require("of", what).AsOneOrMore().SelectMany(each => Refer(each, "an evaluation", [.. WithRuns, Ensembles])).Distinct()];
        return new EvaluationStep(declaration.Name, declaration.Place, of, request) { IsOptional = map.Find("optional")?.AsYesOrNo() ?? false };
    }
}
