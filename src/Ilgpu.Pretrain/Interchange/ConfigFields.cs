using System.Text.Json;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>The fields of an object in a model's config.json: of the kind that they have to be, or refused by name.</summary>
/// <param name="path">For messages.</param>
/// <param name="element">An object.</param>
/// <param name="prefix">Of the object's fields in messages.</param>
internal sealed class ConfigFields(string path, JsonElement element, string prefix = "")
{
    /// <summary>A value as messages quote it.</summary>
    public static string Shown(JsonElement value) => Printable.Excerpt(value.GetRawText());

    /// <summary>A number without a fraction that fits an int, or null.</summary>
    public static int? WholeOf(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int whole) ? whole : null;

    /// <summary>A field's value, or null where it is missing or null.</summary>
    public JsonElement? Find(string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Whether the field is there, be it null.</summary>
    public bool Has(string name) => element.TryGetProperty(name, out _);

    /// <param name="name">The field.</param>
    /// <param name="otherwise">Where it is missing or null; null where it has to be there.</param>
    public int Whole(string name, int? otherwise = null)
    {
        if (Find(name) is not { } value)
            return otherwise ?? throw Wrong($"{prefix}{name} is missing");
        return WholeOf(value) ?? throw Wrong($"{prefix}{name} is {Shown(value)}; it takes a whole number");
    }

    /// <param name="name">The field.</param>
    /// <param name="otherwise">Where it is missing or null.</param>
    public double Number(string name, double otherwise)
    {
        if (Find(name) is not { } value)
            return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong($"{prefix}{name} is {Shown(value)}; it takes a number");
    }

    /// <summary>Off where it is missing or null.</summary>
    public bool Flag(string name) => Find(name) is { } value && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong($"{prefix}{name} is {Shown(value)}; it takes true or false"),
    };

    /// <summary>A text, or null where it is missing or null.</summary>
    public string? Text(string name)
    {
        if (Find(name) is not { } value)
            return null;
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong($"{prefix}{name} is {Shown(value)}; it takes a text");
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"'{path}': {prefix}{name} is not Unicode: {e.Message}", e);
        }
    }

    /// <summary>An object, or null where it is missing or null.</summary>
    public ConfigFields? Object(string name)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Object ? new ConfigFields(path, value, $"{prefix}{name}.") : throw Wrong($"{prefix}{name} is {Shown(value)}; it takes an object");
    }

    public InputException Wrong(string what) => new($"'{path}': {what}.");
}
