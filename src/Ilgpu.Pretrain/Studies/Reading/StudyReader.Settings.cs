using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Studies;

/// <content>Datasets, models, recipes and the settings of runs.</content>
internal sealed partial class StudyReader
{
    private const string RecipeKey = "recipe", TuningKey = "tuning", DataKey = "data", ModelKey = "model";

    private static readonly string[] DatasetKeys =
    [
        "source", "folder", "validation", "field", "tokenizer", "tokenizer-of", "pieces", "separator", "validation-share", "split-seed", "tokens", "deduplicate", "document-bytes",
        "whole-files", "optional", Expansion.Key,
    ];

    private static readonly string[] ModelKeys =
        ["preset", "hidden", "mlp", "layers", "heads", "kv-heads", "context", "rope-theta", "norm-epsilon", "tied-embeddings", Expansion.Key];

    private static readonly string[] SettingKeys = [RecipeKey, DataKey, ModelKey, .. RunSetting.All.Keys];

    private DatasetStep ReadDataset(Declaration declaration)
    {
        if (declaration.Body.IsText)
            return new DatasetStep(declaration.Name, declaration.Place, new DatasetOptions { Source = SourcePath(declaration.Body) }, null);
        YamlMap map = declaration.Body.AsMap();
        map.RequireKnown("a dataset", DatasetKeys);
        if (map.Find("source") is null == map.Find("folder") is null)
            throw map.Place.Error("a dataset has a 'source' that it is made of, or a 'folder' where it lies: one of them.");
        if (map.Find("tokenizer-of") is not null && map.Find("tokenizer") is not null)
            throw map.Place.Error("'tokenizer' and 'tokenizer-of' both say what the tokens are: one of them.");
        if (map.Find("folder") is not null && map.Entries.FirstOrDefault(entry => entry.Key is not ("folder" or "optional" or Expansion.Key)) is { Key: { } more, Place: { } place })
            throw place.Error($"'{more}' goes with a 'source'; a dataset that lies in a folder is what it is.");
        var defaults = new DatasetOptions { Source = SourcePath((map.Find("source") ?? map.Find("folder"))!) };
        DatasetOptions options = defaults with
        {
            Validation = map.Find("validation") is { } validation ? SourcePath(validation) : null,
            TextField = map.Find("field")?.AsText() ?? defaults.TextField,
            Tokenizer = map.Find("tokenizer") is { } tokenizer ? TokenizerPath(tokenizer) : defaults.Tokenizer,
            Pieces = map.Find("pieces") is { } pieces
                ? Enum.TryParse(pieces.AsText(), ignoreCase: true, out Tokenization.PreTokenization kind) && Enum.IsDefined(kind) ? kind : throw pieces.Wrong("one of " + string.Join(", ", Enum.GetNames<Tokenization.PreTokenization>()).ToLowerInvariant())
                : null,
            Separator = map.Find("separator")?.AsText(),
            ValidationShare = map.Find("validation-share")?.AsNumber() ?? defaults.ValidationShare,
            SplitSeed = (ulong)(map.Find("split-seed")?.AsWhole(0) ?? 0),
            Tokens = map.Find("tokens")?.AsWhole(2),
            Deduplicate = map.Find("deduplicate")?.AsYesOrNo() ?? false,
            DocumentBytes = map.Find("document-bytes") is { } bytes
                ? DatasetOptions.ParseDocumentBytes(bytes.AsText()) ?? throw bytes.Wrong(DatasetOptions.DocumentBytesTake)
                : null,
            WholeFiles = map.Find("whole-files")?.AsYesOrNo() ?? false,
        };
        try
        {
            options.Validate();
        }
        catch (InputException e)
        {
            throw map.Place.Error(e.Message, e);
        }

        DatasetStep? tokenizerOf = map.Find("tokenizer-of") is { } other ? MakeDataset(Find(datasets, Datasets, other), other.Place) : null;
        return new DatasetStep(declaration.Name, declaration.Place, options, tokenizerOf) { IsOptional = map.Find("optional")?.AsYesOrNo() ?? false };
    }

    /// <summary>A path as seen from the study's file; what stands in <c>${CAPITALS}</c> is an environment variable's.</summary>
    private string SourcePath(YamlValue given)
    {
        string text = EnvironmentVariables.Expand(given.AsText());
        return DatasetOptions.IsDotnetDocs(text) ? text : Path.GetFullPath(text, Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>A tokenizer's file as seen from the study's; else one of those that have names.</summary>
    private string TokenizerPath(YamlValue given)
    {
        string text = EnvironmentVariables.Expand(given.AsText());
        string full = Path.GetFullPath(text, Path.GetDirectoryName(Path.GetFullPath(path))!);
        return Path.Exists(full) ? full : text;
    }

    private static LlamaConfig ReadModel(Declaration declaration)
    {
        if (declaration.Body.IsText)
            return ModelOf(declaration.Body, declaration.Body.AsText());
        YamlMap map = declaration.Body.AsMap();
        map.RequireKnown("a model", ModelKeys);
        LlamaConfig? preset = map.Find("preset") is { } named ? ModelOf(named, named.AsText()) : null;
        int hidden = Whole("hidden", preset?.Hidden), heads = Whole("heads", preset?.Heads);
        const double DefaultTheta = 10000, DefaultEpsilon = 1e-5;
        var model = new LlamaConfig
        {
            Name = declaration.Name,
            Hidden = hidden,
            Mlp = Whole("mlp", preset?.Mlp),
            Layers = Whole("layers", preset?.Layers),
            Heads = heads,
            KeyValueHeads = Whole("kv-heads", preset?.KeyValueHeads ?? heads),
            Vocabulary = preset?.Vocabulary ?? 1,
            Context = Whole("context", preset?.Context),
            RopeTheta = map.Find("rope-theta")?.AsNumber() ?? preset?.RopeTheta ?? DefaultTheta,
            NormEpsilon = map.Find("norm-epsilon")?.AsNumber() ?? preset?.NormEpsilon ?? DefaultEpsilon,
            TiedEmbeddings = map.Find("tied-embeddings")?.AsYesOrNo() ?? preset?.TiedEmbeddings ?? false,
        };
        try
        {
            model.Validate();
        }
        catch (InputException e)
        {
            throw map.Place.Error(e.Message, e);
        }

        return model;

        int Whole(string key, int? otherwise) => map.Find(key) is { } value
            ? (int)value.AsWhole(1, int.MaxValue)
            : otherwise ?? throw map.Place.Error($"the model '{declaration.Name}' has no '{key}', and no 'preset' to take it from.");
    }

    private static LlamaConfig ModelOf(YamlValue value, string name)
    {
        try
        {
            return LlamaConfigFile.PresetOrFile(name);
        }
        catch (InputException e)
        {
            throw value.Place.Error(e.Message, e);
        }
    }

    /// <summary>Its keys and references; its values are read by the steps that use it, whose variables it may contain.</summary>
    private void CheckRecipe(Declaration declaration)
    {
        YamlMap map = declaration.Body.AsMap();
        map.RequireKnown("a recipe", [.. SettingKeys, TuningKey, Expansion.Key]);
        Enter(declaration, null);
        foreach (YamlValue parent in map.Find(RecipeKey)?.AsOneOrMore() ?? [])
        {
            Declaration recipe = Find(recipes, Recipes, parent);
            if (underWay.Contains(recipe))
                Enter(recipe, parent.Place);
            CheckRecipe(recipe);
        }

        underWay.RemoveAt(underWay.Count - 1);
    }

    /// <summary>What a step says of its runs.</summary>
    /// <param name="map">The step's.</param>
    /// <param name="what">For messages.</param>
    /// <param name="ownKeys">That the step has beside those.</param>
    private RunSettings ReadSettings(YamlMap map, string what, params string[] ownKeys) => ReadSettings(map, what, null, ownKeys);

    /// <param name="map">The step's.</param>
    /// <param name="what">For messages.</param>
    /// <param name="model">Where none is said; null for that it has to be.</param>
    /// <param name="ownKeys">That the step has beside those of runs.</param>
    private RunSettings ReadSettings(YamlMap map, string what, LlamaConfig? model, string[] ownKeys)
    {
        map.RequireKnown(what, [.. ownKeys, TuningKey, .. SettingKeys, Expansion.Key]);
        RunSettings settings = Collect(map, ownKeys);
        settings = settings with { Model = settings.Model ?? (settings.Tuning is null ? model : null) };
        if (settings.Tuning is null)
        {
            if (settings.Model is null)
                throw map.Place.Error($"{what} has no '{ModelKey}', be it its recipe's.");
            settings = settings with { Data = settings.Data ?? OnlyDataset(map, what) };
        }

        settings.Check(map.Place);
        return settings;
    }

    private RunSettings Collect(YamlMap map, IReadOnlyCollection<string> ownKeys)
    {
        RunSettings settings = RunSettings.None;
        foreach (YamlValue parent in map.Find(RecipeKey)?.AsOneOrMore() ?? [])
            settings = settings.Then(Collect(Find(recipes, Recipes, parent).Body.AsMap().With(map.Values), []));
        if (map.Find(TuningKey) is { } tuning)
            settings = settings.Then(new RunSettings { Tuning = (TuningStep)Refer(tuning, $"'{TuningKey}'", Tunings)[0] });
        foreach ((string key, Place place, YamlValue value) in map.Entries)
        {
            if (ownKeys.Contains(key) || key is RecipeKey or TuningKey or Expansion.Key)
                continue;
            if (value.IsNothing)
                throw place.Error($"'{key}' has nothing behind it.");
            settings = Assign(settings, key, value);
        }

        return settings;
    }

    private RunSettings Assign(RunSettings settings, string key, YamlValue value) => key switch
    {
        DataKey => settings with { Data = MakeDataset(Find(datasets, Datasets, value), value.Place) },
        ModelKey => settings with { Model = models.TryGetValue(value.AsText(), out Declaration? model) ? ReadModel(model) : ModelOf(value, value.AsText()) },
        _ => settings.Then(RunSetting.All[key].Read(value)),
    };

    private DatasetStep OnlyDataset(YamlMap map, string what) => datasets.Count == 1
        ? MakeDataset(datasets.Values.Single())
        : throw map.Place.Error($"{what} has no '{DataKey}', be it its recipe's, and there are {datasets.Count} datasets.");
}
