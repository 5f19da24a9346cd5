using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <content>Distillations and continued runs.</content>
internal sealed partial class StudyReader
{
    private static readonly string[] SyntheticKeys = ["weight", "tokens", "teach", "length", "temperature", "top-k", "top-p", "seed"];
    private static readonly string[] SoftKeys = ["alpha", "temperature", "teach"];

    private DistillationStep ReadDistillation(Declaration declaration)
    {
        YamlMap map = declaration.Body.AsMap();
        string what = $"the distillation '{declaration.Name}'";
        StudyStep teacher = ReferToOne(map.Require("teacher", what), "a teacher", [.. WithRuns, Ensembles]);
        if (teacher is RunsStep { Count: > 1 })
            throw map.Find("teacher")!.Place.Error($"'{teacher.Name}' stands for several runs: make an ensemble of them, and name that as the teacher.");
        StudyStep? baseline = map.Find("baseline") is { } given ? ReferToOne(given, "a baseline", WithRuns) : null;
        if (map.Find("soft") is not null && map.Find("synthetic") is { } both)
            throw both.Place.Error("'soft' and 'synthetic' are two ways to teach: name one.");
        Teaching teaching = map.Find("soft") is { } soft ? ReadSoft(soft.AsMap()) : ReadSynthetic(map.Find("synthetic")?.AsMap());
        RunSettings settings = ReadSettings(map, what, "teacher", "baseline", "synthetic", "soft");
        return new DistillationStep(declaration.Name, declaration.Place, teacher, baseline, settings, teaching);
    }

    private static Teaching.Synthetic ReadSynthetic(YamlMap? map)
    {
        map?.RequireKnown("a synthetic text", SyntheticKeys);
        double weight = map?.Find("weight")?.AsNumber() ?? Teaching.Synthetic.DefaultWeight;
        if (weight is not (> 0 and < 1))
            throw map!.Find("weight")!.Wrong("a share of every batch above 0 and below 1");
        var sampling = new SamplingOptions
        {
            Temperature = map?.Find("temperature")?.AsNumber() ?? 1,
            TopK = (int)(map?.Find("top-k")?.AsWhole(0, int.MaxValue) ?? 0),
            TopP = map?.Find("top-p")?.AsNumber() ?? 1,
            Seed = (ulong)(map?.Find("seed")?.AsWhole(0) ?? 0),
        };
        try
        {
            sampling.Validate();
        }
        catch (InputException e)
        {
            throw map!.Place.Error(e.Message, e);
        }

        return new Teaching.Synthetic(ReadKind(map, mix: true), weight, map?.Find("tokens")?.AsWhole(2), (int?)map?.Find("length")?.AsWhole(2, int.MaxValue), sampling);
    }

    private static Teaching.Soft ReadSoft(YamlMap map)
    {
        map.RequireKnown("soft labels", SoftKeys);
        double alpha = map.Find("alpha")?.AsNumber() ?? SoftLabels.DefaultAlpha;
        double temperature = map.Find("temperature")?.AsNumber() ?? SoftLabels.DefaultTemperature;
        if (alpha is not (> 0 and <= 1))
            throw map.Find("alpha")!.Wrong("the teachers' weight in the loss, above 0 and at most 1");
        if (temperature <= 0)
            throw map.Find("temperature")!.Wrong("a number above 0");
        return new Teaching.Soft(ReadKind(map, mix: false), alpha, temperature);
    }

    private static TeacherKind ReadKind(YamlMap? map, bool mix) => map?.Find("teach") is not { } given ? TeacherKind.Logits : given.AsText() switch
    {
        "logits" => TeacherKind.Logits,
        "probabilities" => TeacherKind.Probabilities,
        "mix" when mix => TeacherKind.Mix,
        _ => throw given.Wrong($"one of logits, probabilities{(mix ? ", mix" : "")}"),
    };

    private ContinuedStep ReadContinued(Declaration declaration)
    {
        YamlMap map = declaration.Body.AsMap();
        string what = $"the continued run '{declaration.Name}'";
        StudyStep from = ReferToOne(map.Require("from", what), "a continued run", [.. WithRuns, Ensembles]);
        double replay = map.Find("replay")?.AsNumber() ?? 0;
        if (replay is not (>= 0 and < 1))
            throw map.Find("replay")!.Wrong("the old data's share of every batch, from 0 to below 1");
        // Whatever model it goes on with: only settings are checked before it is known.
        RunSettings settings = ReadSettings(map, what, AnyModel, ["from", "replay"]);
        foreach ((string key, Place place, _) in map.Entries.Where(entry => entry.Key == ModelKey))
            throw place.Error($"'{key}' is the model's that is gone on with.");
        return new ContinuedStep(declaration.Name, declaration.Place, from, settings, replay);
    }

    private StudyStep ReferToOne(YamlValue reference, string what, params string[] sections) =>
        Refer(reference, what, sections) is [var only] ? only : throw reference.Wrong("the name of one step");

    private static LlamaConfig AnyModel { get; } = LlamaPresets.All[0] with { Context = 1 << 20 };
}
