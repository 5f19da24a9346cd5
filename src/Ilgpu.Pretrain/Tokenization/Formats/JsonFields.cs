using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>An object in a tokenizer's file: each field is of the kind that it has to be, or refused by its name.</summary>
internal sealed class JsonFields
{
    private readonly string file;
    private readonly string name;
    private readonly JsonElement element;

    /// <param name="file">For messages.</param>
    /// <param name="name">What the object is called in messages.</param>
    /// <param name="element">The object.</param>
    /// <exception cref="InputException">It is none.</exception>
    public JsonFields(string file, string name, JsonElement element)
    {
        this.file = file;
        this.name = name;
        this.element = element;
        if (element.ValueKind != JsonValueKind.Object)
            throw Wrong(file, name, element, "an object");
    }

    /// <summary>A value as messages quote it.</summary>
    public static string Shown(JsonElement value) => Printable.Excerpt(value.GetRawText());

    /// <summary>A field's value, or null where it is missing or null.</summary>
    public JsonElement? Find(string field) =>
        element.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>What is on if the field says so; off where it is missing.</summary>
    public bool Flag(string field) => element.TryGetProperty(field, out JsonElement value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(file, NameOf(field), value, "true or false"),
    };

    /// <summary>A text, or null where it is missing or null.</summary>
    public string? Text(string field) => Find(field) is not { } value ? null : TextOf(file, NameOf(field), value);

    public string RequiredText(string field) => TextOf(file, NameOf(field), Required(field, "a text"));

    /// <summary>The object of a field, or null where it is missing or null.</summary>
    public JsonFields? Object(string field) => Find(field) is not { } value ? null : new JsonFields(file, NameOf(field), value);

    public JsonFields RequiredObject(string field) => new(file, NameOf(field), Required(field, "an object"));

    public IEnumerable<JsonElement> RequiredArray(string field) => ArrayOf(file, NameOf(field), Required(field, "an array"));

    /// <summary>The objects of an array; none where it is missing or null.</summary>
    public IEnumerable<JsonFields> Objects(string field) => Find(field) is not { } value
        ? []
        : ArrayOf(file, NameOf(field), value).Select((entry, i) => new JsonFields(file, $"entry {i + 1} of {NameOf(field)}", entry));

    /// <summary>An id by what it is the id of.</summary>
    public int RequiredId(string field) => IdOf(file, NameOf(field), Required(field, "an id"));

    /// <summary>Ids by token.</summary>
    public Dictionary<string, int> Ids()
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty entry in element.EnumerateObject())
            ids.Add(entry.Name, IdOf(file, $"the id of the token '{Printable.Excerpt(entry.Name)}'", entry.Value));
        return ids;
    }

    public static string TextOf(string file, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(file, name, value, "a text");

    private static IEnumerable<JsonElement> ArrayOf(string file, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(file, name, value, "an array");

    private static int IdOf(string file, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id is >= 0 and < BytePairModel.LargestVocabulary
            ? id
            : throw Wrong(file, name, value, $"a whole number from 0 to {BytePairModel.LargestVocabulary - 1}");

    private static InputException Wrong(string file, string name, JsonElement value, string takes) =>
        MalformedFile.Because(file, $"{name} is {Shown(value)}; it takes {takes}");

    private JsonElement Required(string field, string takes) => element.TryGetProperty(field, out JsonElement value)
        ? value
        : throw MalformedFile.Because(file, $"{NameOf(field)} is missing; it takes {takes}");

    private string NameOf(string field) => name.Length == 0 ? field : $"{name}.{field}";
}
