using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Makes a study of its file: first what is named, then, on first reference, what each name stands for.</summary>
internal sealed partial class StudyReader
{
    private const string Datasets = "datasets", Models = "models", Recipes = "recipes", Grids = "grids";
    private const string Runs = "runs", Tunings = "tunings", Ensembles = "ensembles", Distillations = "distillations", Continued = "continued", Evaluations = "evaluations", FitSection = "fits";

    /// <summary>Sections whose entries are steps; these share their names.</summary>
    private static readonly string[] StepSections = [Runs, Tunings, Ensembles, Distillations, Continued, Evaluations, FitSection];

    private static readonly string[] Keys = ["name", "description", Expansion.Key, "options", Datasets, Models, Recipes, Grids, .. StepSections];

    private static readonly string[] OptionKeys = ["eval-every", "checkpoint-every", "checkpoint-minutes", "log-every", "recompute"];

    private readonly string path;
    private readonly YamlMap root;
    private readonly Dictionary<string, Declaration> datasets;
    private readonly Dictionary<string, Declaration> models;
    private readonly Dictionary<string, Declaration> recipes;
    private readonly Dictionary<string, Declaration> grids;
    private readonly Dictionary<string, Declaration> declared = [];
    private readonly Dictionary<Declaration, StudyStep> made = [];
    private readonly List<Declaration> underWay = [];
    private readonly List<StudyStep> ordered = [];

    public StudyReader(string path)
    {
        this.path = path;
        root = YamlFile.Read(path);
        root.RequireKnown("a study", Keys);
        var expansion = new Expansion(root.Find(Expansion.Key));
        datasets = Declare(Datasets, expansion);
        models = Declare(Models, expansion);
        recipes = Declare(Recipes, expansion);
        grids = Declare(Grids, expansion);
        foreach (string section in StepSections)
        {
            foreach (Declaration declaration in Declare(section, expansion).Values)
            {
                if (!declared.TryAdd(declaration.Name, declaration))
                    throw declaration.Place.Error($"'{declaration.Name}' is named twice: it is among {declared[declaration.Name].Section}, too.");
            }
        }
    }

    public Study Read()
    {
        string name = root.Find("name") is { } given ? RequireFolderName(given) : Path.GetFileNameWithoutExtension(path);
        TrainingOptions options = ReadOptions();
        // What no step refers to is read, too: a mistake in it is one.
        foreach (Declaration dataset in datasets.Values)
            MakeDataset(dataset);
        foreach (Declaration model in models.Values)
            ReadModel(model);
        foreach (Declaration recipe in recipes.Values)
            CheckRecipe(recipe);
        foreach (Declaration step in declared.Values)
            Make(step);
        if (declared.Count == 0)
            throw root.Place.Error($"the study has no steps; it takes {string.Join(", ", StepSections)}.");
        return new Study(name, Path.GetFullPath(path), options, ordered);
    }

    private Dictionary<string, Declaration> Declare(string section, Expansion expansion)
    {
        var declarations = new Dictionary<string, Declaration>();
        foreach ((string key, Place place, YamlValue body) in root.Find(section)?.AsMap().Entries ?? [])
        {
            foreach ((string name, YamlValue each) in expansion.Expand(key, place, body))
            {
                if (!declarations.TryAdd(name, new Declaration(section, key, name, place, each)))
                    throw place.Error($"'{name}' is named twice in {section}.");
            }
        }

        return declarations;
    }

    private TrainingOptions ReadOptions()
    {
        if (root.Find("options") is not { } given)
            return new TrainingOptions();
        YamlMap map = given.AsMap();
        map.RequireKnown("options", OptionKeys);
        var defaults = new TrainingOptions();
        TrainingOptions options = defaults with
        {
            EvaluateEvery = Whole("eval-every", defaults.EvaluateEvery),
            CheckpointEvery = Whole("checkpoint-every", defaults.CheckpointEvery),
            CheckpointMinutes = map.Find("checkpoint-minutes")?.AsNumber() ?? defaults.CheckpointMinutes,
            LogEvery = Whole("log-every", defaults.LogEvery),
            Recompute = map.Find("recompute")?.AsYesOrNo() ?? defaults.Recompute,
        };
        try
        {
            options.Validate();
        }
        catch (InputException e)
        {
            throw map.Place.Error(e.Message, e);
        }

        return options;

        int Whole(string key, int otherwise) => (int)(map.Find(key)?.AsWhole(0, int.MaxValue) ?? otherwise);
    }

    private static string RequireFolderName(YamlValue given)
    {
        string name = given.AsText();
        return name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name[0] != '.'
            ? name
            : throw given.Wrong("a name of letters, digits, '-', '_' and '.', which names a folder");
    }

    /// <summary>The step of a declaration, made with those that it needs.</summary>
    /// <exception cref="InputException">It refers to itself, over others maybe.</exception>
    private StudyStep Make(Declaration declaration, Place? from = null)
    {
        if (made.TryGetValue(declaration, out StudyStep? step))
            return step;
        Enter(declaration, from);
        step = declaration.Section switch
        {
            Datasets => ReadDataset(declaration),
            Runs => ReadRuns(declaration),
            Tunings => ReadTuning(declaration),
            Ensembles => ReadEnsemble(declaration),
            Distillations => ReadDistillation(declaration),
            Continued => ReadContinued(declaration),
            Evaluations => ReadEvaluation(declaration),
            _ => ReadFit(declaration),
        };
        underWay.RemoveAt(underWay.Count - 1);
        if (declaration.Key != declaration.Name)
            step.Family = declaration.Key;
        made[declaration] = step;
        ordered.Add(step);
        return step;
    }

    private DatasetStep MakeDataset(Declaration declaration, Place? from = null) => (DatasetStep)Make(declaration, from);

    private void Enter(Declaration declaration, Place? from)
    {
        int earlier = underWay.IndexOf(declaration);
        if (earlier >= 0)
            throw (from ?? declaration.Place).Error($"a cycle: {string.Join(" needs ", underWay.Skip(earlier).Append(declaration).Select(each => $"'{each.Name}'"))}.");
        underWay.Add(declaration);
    }

    /// <summary>The declaration of a name in one section.</summary>
    private static Declaration Find(Dictionary<string, Declaration> among, string section, YamlValue name) =>
        among.GetValueOrDefault(name.AsText())
        ?? throw name.Place.Error($"'{name.AsText()}' is not among {section}{(among.Count == 0 ? ", of which there are none" : $"; there is: {string.Join(", ", among.Keys)}")}.");

    /// <summary>The steps that a reference stands for: one, or all whose names fit a pattern with <c>*</c>.</summary>
    private IReadOnlyList<StudyStep> Refer(YamlValue reference, string what, params string[] sections)
    {
        string text = reference.AsText();
        Dictionary<string, Declaration> among = declared.Values.Where(each => sections.Contains(each.Section)).ToDictionary(each => each.Name);
        if (!text.Contains('*', StringComparison.Ordinal))
        {
            if (!among.ContainsKey(text) && declared.TryGetValue(text, out Declaration? other))
                throw reference.Place.Error($"'{text}' is among {other.Section}; {what} takes one of {string.Join(", ", sections)}.");
            return [Make(Find(among, string.Join(", ", sections), reference), reference.Place)];
        }

        Declaration[] fitting = [.. among.Values.Where(each => Fits(each.Name) && !underWay.Contains(each))];
        // 'base-*' means the runs; a fit through them that is called 'base-in-n' is no row among theirs.
        if (fitting.Any(each => each.Section != FitSection))
            fitting = [.. fitting.Where(each => each.Section != FitSection)];
        return fitting.Length > 0
            ? [.. fitting.Select(each => Make(each, reference.Place))]
            : throw reference.Place.Error($"no name among {string.Join(", ", sections)} fits '{text}'; there is: {string.Join(", ", among.Keys)}.");

        bool Fits(string name) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(text, name, ignoreCase: false);
    }
}
