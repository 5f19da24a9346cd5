using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Studies;

/// <content>Runs, tunings, ensembles and fits.</content>
internal sealed partial class StudyReader
{
    private const int MostPoints = 10_000;
    private const int MostMembers = 1000;

    private static readonly string[] FitKeys =
    [
        "law", "of", "columns", "where", "criterion", "delta", "fix", "free", "bootstrap", "resample", "confidence", "seed", "predict", "hold-out", "reference", "drop-diverged", Expansion.Key,
    ];

    /// <summary>What has runs that a name stands for.</summary>
    private static readonly string[] WithRuns = [Runs, Tunings, Distillations, Continued];

    private RunsStep ReadRuns(Declaration declaration)
    {
        const string Sweep = "sweep";
        YamlMap map = declaration.Body.AsMap();
        RunSettings settings = ReadSettings(map, $"the run '{declaration.Name}'", Sweep);
        if (map.Find(Sweep) is not { } sweep)
            return new RunsStep(declaration.Name, declaration.Place, [(declaration.Name, settings)]);
        YamlMap axes = sweep.IsText ? Find(grids, Grids, sweep).Body.AsMap().With(map.Values) : sweep.AsMap();
        axes.RequireKnown("a sweep", [DataKey, ModelKey, .. RunSetting.All.Keys, Expansion.Key]);
        List<(string Name, RunSettings Settings)> points = [("", settings)];
        foreach ((string key, _, YamlValue list) in axes.Entries.Where(axis => axis.Key != Expansion.Key))
        {
            (string Label, RunSettings Setting)[] values = [.. ValuesOf(key, list)];
            if (points.Count * values.Length > MostPoints)
                throw list.Place.Error($"the sweep has more than {MostPoints} points.");
            points = [.. points.SelectMany(point => values.Select(value => ($"{point.Name}{(point.Name.Length == 0 ? "" : ",")}{key}={value.Label}", point.Settings.Then(value.Setting))))];
        }

        foreach ((_, RunSettings point) in points)
            point.Check(sweep.Place);
        return new RunsStep(declaration.Name, declaration.Place, [.. points.Select(point => ($"{declaration.Name}[{point.Name}]", point.Settings))]);
    }

    /// <summary>What an axis of a sweep sets, value by value.</summary>
    private IEnumerable<(string Label, RunSettings Setting)> ValuesOf(string key, YamlValue list)
    {
        IReadOnlyList<YamlValue> items = list.AsOneOrMore();
        if (items.Count == 0)
            throw list.Wrong("a list of values, one at least");
        HashSet<string> seen = [];
        foreach (YamlValue item in items)
        {
            foreach (string text in item.IsText ? Ranges.Expand(item) : throw item.Wrong("a value"))
            {
                if (!seen.Add(text))
                    throw item.Place.Error($"'{text}' is twice in the list of {key}.");
                yield return (text, Assign(RunSettings.None, key, item.Saying(text)));
            }
        }
    }

    private TuningStep ReadTuning(Declaration declaration)
    {
        YamlMap map = declaration.Body.AsMap();
        RunSettings settings = ReadSettings(map, $"the tuning '{declaration.Name}'", "grid", "members", "noise-seeds");
        const int DefaultNoiseSeeds = 3;
        var step = new TuningStep(
            declaration.Name,
            declaration.Place,
            settings,
            map.Find("grid") is { } grid ? ReadGrid(grid.IsText ? Find(grids, Grids, grid).Body.AsMap().With(map.Values) : grid.AsMap()) : null,
            (int)(map.Find("members")?.AsWhole(1, MostMembers) ?? 1),
            (int)(map.Find("noise-seeds")?.AsWhole(0, MostMembers) ?? DefaultNoiseSeeds));
        step.Check();
        return step;
    }

    private static TuningGrid ReadGrid(YamlMap map)
    {
        map.RequireKnown("a tuning's grid", [.. TuningDirections.All.Select(KeyOf), Expansion.Key]);
        var grid = new TuningGrid { LearningRates = [], Epochs = [], WeightDecays = [] };
        foreach (TuningDirection direction in TuningDirections.All)
        {
            if (map.Find(KeyOf(direction)) is not { } list)
                continue;
            double[] values = [.. list.AsOneOrMore().Select(value => value.AsNumber())];
            try
            {
                grid = grid.With(direction, values);
            }
            catch (InputException e)
            {
                throw list.Place.Error(e.Message, e);
            }
        }

        return grid;

        static string KeyOf(TuningDirection direction) => direction.Flag().TrimStart('-');
    }

    private EnsembleStep ReadEnsemble(Declaration declaration)
    {
        YamlMap map = declaration.Body.AsMap();
        if (map.Find("of") is { } of)
        {
            map.RequireKnown($"an ensemble of finished runs", ["of", Expansion.Key]);
            return new EnsembleStep(declaration.Name, declaration.Place, [.. of.AsOneOrMore().SelectMany(each => Refer(each, "an ensemble", WithRuns)).Distinct()]);
        }

        int members = (int)map.Require("members", $"the ensemble '{declaration.Name}'").AsWhole(1, MostMembers);
        return new EnsembleStep(declaration.Name, declaration.Place, ReadSettings(map, $"the ensemble '{declaration.Name}'", "members"), members);
    }

    private FitStep ReadFit(Declaration declaration)
    {
        YamlMap map = declaration.Body.AsMap();
        map.RequireKnown("a fit", FitKeys);
        Dictionary<string, string> columns = map.Find("columns")?.AsMap().Entries.ToDictionary(entry => entry.Key, entry => entry.Value.AsText()) ?? [];
        YamlValue named = map.Require("law", $"the fit '{declaration.Name}'");
        YamlValue of = map.Require("of", $"the fit '{declaration.Name}'");
        (string? Label, StudyStep Step)[] results = of.IsMap
            ? [.. of.AsMap().Entries.SelectMany(entry => ResultsOf(entry.Value).Select(step => ((string?)entry.Key, step)))]
            : [.. ResultsOf(of).Select(step => ((string?)null, step))];
        try
        {
            ScalingLaw law = LawLibrary.Find(named.AsText()).Over(columns.Keys);
            if (law is CurveLaw)
                throw new InputException($"the law {law.Name} is of loss curves, which 'pretrain fit' reads from runs.");
            foreach (string variable in columns.Keys.Where(variable => law.Variables.Append(law.Target).All(each => each.Name != variable)))
                throw new InputException($"the law {law.Name} has no variable '{variable}'; it has {string.Join(", ", law.Variables.Append(law.Target).Select(each => each.Name))}.");
            return new FitStep(declaration.Name, declaration.Place, new FitRequest
            {
                Law = law,
                Of = [.. results.Distinct()],
                Columns = columns,
                Where = map.Find("where") is { } where ? string.Join(',', where.AsOneOrMore().Select(each => each.AsText())) : null,
                DropDiverged = map.Find("drop-diverged")?.AsYesOrNo() ?? false,
                Options = OptionsOf(map, law),
            });
        }
        catch (InputException e) when (!e.Message.StartsWith(Path.GetFileName(path), StringComparison.Ordinal))
        {
            throw named.Place.Error(e.Message, e);
        }

        IEnumerable<StudyStep> ResultsOf(YamlValue references) => references.AsOneOrMore().SelectMany(each => Refer(each, "a fit", [.. WithRuns, Ensembles, FitSection]));
    }

    private static FitOptions OptionsOf(YamlMap map, ScalingLaw law)
    {
        double? delta = map.Find("delta")?.AsNumber();
        return new FitOptions
        {
            Criterion = FitArguments.ParseCriterion(map.Find("criterion")?.AsText(), delta),
            Delta = delta,
            Held = map.Find("fix")?.AsMap().Entries.ToDictionary(entry => entry.Key, entry => entry.Value.AsNumber()) ?? [],
            Freed = (map.Find("free")?.AsOneOrMore() ?? []).Select(each => each.AsText()).ToHashSet(),
            Bootstraps = (int?)map.Find("bootstrap")?.AsWhole(0, 1_000_000),
            Resampling = map.Find("resample") is { } resample ? Enum.TryParse(resample.AsText(), ignoreCase: true, out Resampling drawn) && Enum.IsDefined(drawn) ? drawn : throw resample.Wrong("rows or residuals") : null,
            Confidence = map.Find("confidence") is { } confidence ? confidence.AsNumber() is > 0 and < 1 and var share ? share : throw confidence.Wrong("a number between 0 and 1") : FitOptions.UsualConfidence,
            Seed = (ulong)(map.Find("seed")?.AsWhole(0) ?? 0),
            HoldOut = (int)(map.Find("hold-out")?.AsWhole(0, int.MaxValue) ?? 0),
            Reference = map.Find("reference")?.AsText(),
            Predict = [.. (map.Find("predict")?.AsOneOrMore() ?? []).SelectMany(point => FitArguments.ParsePoints(string.Join(',', point.AsMap().Entries.Select(entry => FormattableString.Invariant($"{entry.Key}={entry.Value.AsNumber():R}"))), law))],
        };
    }
}
