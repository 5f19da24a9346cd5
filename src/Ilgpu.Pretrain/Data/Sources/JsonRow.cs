using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Takes the text out of a JSON object. Of a name that stands twice the last value counts, as in most readers of JSON.</summary>
/// <param name="field">The field of the text.</param>
internal sealed class JsonRow(string field)
{
    private const int NamesInMessage = 20;

    /// <summary>Nesting is not bounded: what is ignored may be of any shape, and the reader does not recurse.</summary>
    private static readonly JsonReaderOptions Options = new() { MaxDepth = int.MaxValue };

    private readonly byte[] fieldUtf8 = Encoding.UTF8.GetBytes(field);
    private byte[] unescaped = [];

    /// <param name="row">The object, on one line.</param>
    /// <param name="name">Where it stands, for messages.</param>
    /// <exception cref="InputException">It is not UTF-8, not JSON, not an object, or has no such string.</exception>
    public byte[] Text(ReadOnlySpan<byte> row, string name)
    {
        if (!Utf8.IsValid(row))
            throw new InputException(
                $"{name} is not UTF-8: the byte at position {Utf8Text.FirstInvalid(row)} of the line (counted from 0) begins no valid character");
        try
        {
            Utf8JsonReader value = Find(row, name);
            return value.TokenType == JsonTokenType.String
                ? Unescape(value, name)
                : throw new InputException($"{name} has {Kind(value.TokenType)} in the field '{field}', which takes a string");
        }
        catch (JsonException e)
        {
            throw new InputException($"{name} is not JSON: at position {e.BytePositionInLine} of the line (counted from 0), {Reason(e)}", e);
        }
    }

    /// <summary>A reader at the field's value.</summary>
    private Utf8JsonReader Find(ReadOnlySpan<byte> row, string name)
    {
        var reader = new Utf8JsonReader(row, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new InputException($"{name} is {Kind(reader.TokenType)}, a row takes an object");
        Utf8JsonReader found = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isField = IsField(reader);
            reader.Read();
            if (isField)
                found = reader;
            reader.Skip();
        }

        // What follows the object is an error that the reader tells of.
        reader.Read();
        if (found.TokenType == JsonTokenType.None)
            throw new InputException($"{name} has no field '{field}'; it has: {Names(row)} (name one with --field)");
        return found;
    }

    private bool IsField(Utf8JsonReader name)
    {
        try
        {
            return name.ValueTextEquals(fieldUtf8);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is in it, so it is no text, and not the field's name.
            return false;
        }
    }

    private byte[] Unescape(Utf8JsonReader value, string name)
    {
        if (!value.ValueIsEscaped)
            return Copy(value.ValueSpan);
        if (unescaped.Length < value.ValueSpan.Length)
            unescaped = new byte[Math.Max(value.ValueSpan.Length, 2 * unescaped.Length)];
        try
        {
            int length = value.CopyString(unescaped);
            return Copy(unescaped.AsSpan(0, length));
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{name} has half of a surrogate pair alone in the field '{field}', an escape such as \\ud800 that stands for no character", e);
        }
    }

    private static byte[] Copy(ReadOnlySpan<byte> text)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(text.Length);
        text.CopyTo(copy);
        return copy;
    }

    /// <summary>As they stand in the row, escapes included.</summary>
    private static string Names(ReadOnlySpan<byte> row)
    {
        var names = new List<string>();
        int more = 0;
        var reader = new Utf8JsonReader(row, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (names.Count < NamesInMessage)
                names.Add(Encoding.UTF8.GetString(reader.ValueSpan));
            else
                more++;
            reader.Skip();
        }

        return names.Count == 0 ? "none" : string.Join(", ", names) + (more > 0 ? $" and {more} more" : "");
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };

    /// <summary>The message without the position that .NET puts after it.</summary>
    private static string Reason(JsonException e) => e.Message.Split(" LineNumber: ")[0];
}
