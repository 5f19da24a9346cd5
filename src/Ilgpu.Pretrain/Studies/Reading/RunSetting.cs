using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// A key by which a study's file says a field of <see cref="TrainingConfig"/>: the flag of <c>pretrain train</c> where it has one, else
/// the field's name in config.json with hyphens.
/// </summary>
internal sealed class RunSetting
{
    /// <summary>Sets the seeds of initialisation, data order and dropout at once.</summary>
    public const string SeedKey = "seed";

    private const string StepsKey = "steps";
    private const string EpochsKey = "epochs";

    /// <summary>The model and the dataset are named by other keys; the rest says where a run starts and what it learns from, which steps decide.</summary>
    private static readonly string[] NotSettings = ["model", "dataset_hash", "numerics_version", "start", "mixed", "soft_labels"];

    private static readonly Dictionary<string, string> Flags = new()
    {
        ["validation_tokens"] = "val-tokens",
        ["step_limit"] = StepsKey,
        ["accumulation"] = "accumulate",
        ["learning_rate"] = "lr",
        ["weight_decay"] = "wd",
        ["warm_up_share"] = "warmup",
        ["decay_share"] = "decay",
        ["epsilon"] = "eps",
        ["clip_norm"] = "clip",
        ["initialization_seed"] = "init-seed",
    };

    private readonly PropertyInfo[] properties;

    private RunSetting(string key, params PropertyInfo[] properties)
    {
        Key = key;
        this.properties = properties;
    }

    public static IReadOnlyDictionary<string, RunSetting> All { get; } = Create();

    public string Key { get; }

    private Type Type => Nullable.GetUnderlyingType(properties[0].PropertyType) ?? properties[0].PropertyType;

    /// <summary>Whether a factor can be applied to it.</summary>
    private bool IsNumber => Type == typeof(int) || Type == typeof(long) || Type == typeof(double);

    /// <summary>Reads a value, or a factor on what is inherited: <c>x2</c>.</summary>
    /// <exception cref="InputException">It is not of the setting's type.</exception>
    public RunAssignment Read(YamlValue value)
    {
        if (value.IsText && IsNumber && value.AsText() is ['x', .. { Length: > 0 } rest] && double.TryParse(rest, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor))
            return factor is > 0 and < double.PositiveInfinity ? new RunAssignment(this, value.Place, null, factor) : throw value.Wrong("a factor above 0, as in x2");
        return new RunAssignment(this, value.Place, Parse(value), null);
    }

    /// <summary>Sets the value in a configuration that nobody else holds yet.</summary>
    public void Set(TrainingConfig config, object value)
    {
        foreach (PropertyInfo property in properties)
            property.SetValue(config, property.PropertyType == typeof(ulong) && value is uint seed ? (ulong)seed : value);
        // Whichever was said last is how long the run is.
        if (Key == StepsKey)
            All[EpochsKey].properties[0].SetValue(config, 1);
        else if (Key == EpochsKey)
            All[StepsKey].properties[0].SetValue(config, null);
    }

    /// <exception cref="InputException">The setting has no value to multiply, or the product is not of its type.</exception>
    public void Multiply(TrainingConfig config, double factor, Place place)
    {
        object inherited = properties[0].GetValue(config) ?? throw place.Error($"'{Key}' has no value that a factor could be applied to.");
        double product = factor * Convert.ToDouble(inherited, CultureInfo.InvariantCulture);
        if (Type == typeof(double))
        {
            // .1 times 3 is .3 to a reader, and the run of .3 is to be found.
            Set(config, double.Parse(product.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
            return;
        }

        if (product < 1 || product > int.MaxValue || Math.Floor(product) != product)
            throw place.Error(FormattableString.Invariant($"{factor} times the inherited {Key} of {inherited} is {product}, and {Key} is a whole number from 1."));
        Set(config, Convert.ChangeType(product, Type, CultureInfo.InvariantCulture));
    }

    private object Parse(YamlValue value)
    {
        if (Type == typeof(int))
            return (int)value.AsWhole(int.MinValue, int.MaxValue);
        if (Type == typeof(long))
            return value.AsWhole();
        if (Type == typeof(uint) || Key == SeedKey)
            return (uint)value.AsWhole(0, uint.MaxValue);
        if (Type == typeof(ulong))
            return (ulong)value.AsWhole(0);
        if (Type == typeof(double))
            return value.IsText && value.AsText() is "infinity" or ".inf" ? double.PositiveInfinity : value.AsNumber();
        if (Type == typeof(bool))
            return value.AsYesOrNo();
        if (Type == typeof(string))
            return value.AsText();
        if (Type.IsEnum)
        {
            return Enum.GetNames(Type).FirstOrDefault(name => string.Equals(name, value.AsText().Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } found
                ? Enum.Parse(Type, found)
                : throw value.Wrong("one of " + string.Join(", ", Enum.GetNames(Type)).ToLowerInvariant());
        }

        return ParseRecord(value);
    }

    /// <summary>A setting of several fields: a mapping with the names of config.json.</summary>
    private object ParseRecord(YamlValue value)
    {
        try
        {
            return value.AsMap() is not null && value.AsJson() is { } json ? json.Deserialize(Type, RunJson.Compact)! : throw value.Wrong("a mapping");
        }
        catch (JsonException e)
        {
            throw value.Place.Error($"'{Key}': {RunJson.Describe(e)}", e);
        }
    }

    private static Dictionary<string, RunSetting> Create()
    {
        var settings = new Dictionary<string, RunSetting>();
        foreach (PropertyInfo property in typeof(TrainingConfig).GetProperties())
        {
            string name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            bool isComputed = property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always };
            if (isComputed || !property.CanWrite || NotSettings.Contains(name))
                continue;
            string key = Flags.GetValueOrDefault(name, name.Replace('_', '-'));
            settings[key] = new RunSetting(key, property);
        }

        settings[SeedKey] = new RunSetting(SeedKey, [settings["init-seed"].properties[0], settings["data-seed"].properties[0], settings["dropout-seed"].properties[0]]);
        return settings;
    }
}
