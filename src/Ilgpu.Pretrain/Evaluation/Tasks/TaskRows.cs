using System.Text.Json;
using System.Text.Unicode;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>The rows of a task's file: a JSON object a line, or one list of objects.</summary>
internal static class TaskRows
{
    /// <param name="path">The file.</param>
    /// <param name="form">What a row has, as a sentence without its end.</param>
    /// <exception cref="InputException">The file cannot be read or has no rows, or a line is not such an object.</exception>
    public static IEnumerable<TaskRow> Read(string path, string form)
    {
        byte[] bytes = Bytes(path);
        ReadOnlyMemory<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
        bool isList = text.Span.TrimStart(" \t\r\n"u8).StartsWith("["u8);
        int count = 0;
        foreach ((string name, JsonElement row) in isList ? Elements(path, text) : Lines(path, text))
        {
            if (row.ValueKind != JsonValueKind.Object)
                throw new InputException($"{name} is no object; {form}.");
            count++;
            yield return new TaskRow(row, name, form);
        }

        if (count == 0)
            throw new InputException($"'{path}' is empty; {form}.");
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private static IEnumerable<(string Name, JsonElement Row)> Lines(string path, ReadOnlyMemory<byte> text)
    {
        int line = 0;
        while (!text.IsEmpty)
        {
            line++;
            int end = text.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> row = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!row.Span.Trim(" \t\r"u8).IsEmpty)
                yield return ($"{path}:{line}", Parse($"{path}:{line}", row));
        }
    }

    private static IEnumerable<(string Name, JsonElement Row)> Elements(string path, ReadOnlyMemory<byte> text) =>
        Parse(path, text).EnumerateArray().Select((row, i) => ($"{path}: row {i + 1}", row));

    private static JsonElement Parse(string name, ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
            throw new InputException($"{name} is not UTF-8.");
        try
        {
            return JsonElement.Parse(json.Span, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{name} is not JSON: {e.Message.Split(" LineNumber: ")[0]}", e);
        }
    }
}
