using System.Text.Json;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A JSON object a line, or one array of objects. Members of inner objects are columns with a dot in their name.</summary>
internal static class JsonTable
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <exception cref="InputException">A line is not a JSON object: names it.</exception>
    public static DataTable Parse(string name, string text)
    {
        var columns = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var objects = new List<(string Name, Dictionary<string, string?> Cells)>();
        if (text.AsSpan().TrimStart() is ['[', ..])
        {
            using JsonDocument document = Read(name, text);
            int index = 0;
            foreach (JsonElement element in document.RootElement.EnumerateArray())
                Add($"{name} object {++index}", element);
        }
        else
        {
            int line = 0;
            foreach (string each in text.Split('\n'))
            {
                line++;
                if (each.AsSpan().IsWhiteSpace())
                    continue;
                using JsonDocument document = Read($"{name} line {line}", each);
                Add($"{name} line {line}", document.RootElement);
            }
        }

        return new DataTable(name, columns, [.. objects.Select(row => (row.Name, columns.Select(column => row.Cells.GetValueOrDefault(column)).ToArray()))]);

        void Add(string row, JsonElement element)
        {
            if (element.ValueKind != JsonValueKind.Object)
                throw new InputException($"{row} is not a JSON object.");
            var cells = new Dictionary<string, string?>();
            try
            {
                Flatten("", element, cells);
            }
            catch (InvalidOperationException e)
            {
                throw new InputException($"{row} has a text that is not Unicode: {e.Message}", e);
            }

            columns.AddRange(cells.Keys.Where(known.Add));
            objects.Add((row, cells));
        }
    }

    private static void Flatten(string path, JsonElement element, Dictionary<string, string?> cells)
    {
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string name = path + member.Name;
            if (member.Value.ValueKind == JsonValueKind.Object)
                Flatten(name + ".", member.Value, cells);
            else
                cells[name] = member.Value.ValueKind == JsonValueKind.Null ? null : member.Value.ToString();
        }
    }

    private static JsonDocument Read(string name, string text)
    {
        try
        {
            return JsonDocument.Parse(text, Lenient);
        }
        catch (JsonException e)
        {
            throw new InputException($"{name} is not JSON: {e.Message.Split('\n')[0]}", e);
        }
    }
}
