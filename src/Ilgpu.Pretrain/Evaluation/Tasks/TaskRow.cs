using System.Text.Json;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A JSON object of a task's file, with messages that say what was expected and where.</summary>
/// <param name="json">The object.</param>
/// <param name="name">Its file and line.</param>
/// <param name="form">What such a row has, as a sentence without its end.</param>
internal sealed class TaskRow(JsonElement json, string name, string form)
{
    public string Name => name;

    public InputException Wrong(string what) => new($"{name}: {what}; {form}.");

    /// <summary>A JSON text as it is meant.</summary>
    private string TextOf(JsonElement value, string field)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{name}: '{field}' has half of a character; {form}.", e);
        }
    }

    public bool Has(string field) => json.TryGetProperty(field, out _);

    /// <summary>A text that is not blank.</summary>
    public string Text(string field) => NotBlank(Element(field), field);

    /// <summary>A text that may be empty.</summary>
    public string AnyText(string field) =>
        Element(field) is { ValueKind: JsonValueKind.String } text ? TextOf(text, field) : throw Wrong($"'{field}' is {Kind(Element(field))} and no text");

    public string? OptionalText(string field) => Has(field) ? AnyText(field) : null;

    /// <summary>A list of texts that are not blank.</summary>
    public string[] Texts(string field) => Element(field) is { ValueKind: JsonValueKind.Array } list
        ? [.. list.EnumerateArray().Select((each, i) => NotBlank(each, $"{field}[{i}]"))]
        : throw Wrong($"'{field}' is {Kind(Element(field))} and no list of texts");

    /// <summary>A whole number, written as one or as a text.</summary>
    public int Number32(string field)
    {
        JsonElement value = Element(field);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
            : value.ValueKind == JsonValueKind.String && int.TryParse(TextOf(value, field), out number) ? number
            : throw Wrong($"'{field}' is {Kind(value)} and no whole number");
    }

    /// <summary>The right option's number.</summary>
    /// <param name="field">Where it stands.</param>
    /// <param name="options">How many there are.</param>
    /// <param name="first">What the first one is counted as.</param>
    public int Gold(string field, int options, int first = 0)
    {
        int given = Number32(field);
        return given >= first && given < first + options
            ? given - first
            : throw Wrong($"'{field}' is {given}, and there are {options} options, {first} to {first + options - 1}");
    }

    /// <summary>All fields that have numbers, in their order.</summary>
    public IReadOnlyDictionary<string, double> Numbers() =>
        json.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Number).ToDictionary(field => field.Name, field => field.Value.GetDouble());

    /// <summary>A row inside this one.</summary>
    public TaskRow Inner(string field) => Element(field) is { ValueKind: JsonValueKind.Object } inner
        ? new TaskRow(inner, name, form)
        : throw Wrong($"'{field}' is {Kind(Element(field))} and no object");

    /// <summary>The objects of a list.</summary>
    public TaskRow[] Rows(string field) => Element(field) is { ValueKind: JsonValueKind.Array } list
        ? [.. list.EnumerateArray().Select((each, i) => each.ValueKind == JsonValueKind.Object ? new TaskRow(each, name, form) : throw Wrong($"'{field}[{i}]' is {Kind(each)} and no object"))]
        : throw Wrong($"'{field}' is {Kind(Element(field))} and no list");

    public bool IsObject(string field) => json.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Object;

    private JsonElement Element(string field) => json.TryGetProperty(field, out JsonElement value) ? value : throw Wrong($"there is no '{field}'");

    private string NotBlank(JsonElement value, string field) => value.ValueKind != JsonValueKind.String ? throw Wrong($"'{field}' is {Kind(value)} and no text")
        : string.IsNullOrWhiteSpace(TextOf(value, field)) ? throw Wrong($"'{field}' is blank")
        : TextOf(value, field);

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
