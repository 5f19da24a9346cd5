using System.Text.Json;
using System.Text.Unicode;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>A file with one JSON object, of a size that such files have.</summary>
internal static class JsonFile
{
    /// <summary>Bytes that are read at most: an index of a million tensors has fewer.</summary>
    private const long LargestBytes = 1 << 28;

    /// <summary>The parsed object.</summary>
    /// <exception cref="InputException">The file cannot be read or does not hold an object.</exception>
    public static JsonDocument Read(string path)
    {
        JsonDocument? document = null;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LargestBytes } large)
                throw new InputException($"'{path}' has {large.Length} bytes; such a file has {LargestBytes} at most.");
            byte[] bytes = File.ReadAllBytes(path);
            // The parser looks at texts when they are asked for, be it for a message.
            if (!Utf8.IsValid(bytes))
                throw new InputException($"'{path}' is not UTF-8.");
            document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new InputException($"'{path}' is a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}; it has to be an object.");
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is not JSON that can be used: {Printable.Excerpt(e.Message, longest: 200)}", e);
        }
        catch (InvalidOperationException e)
        {
            // What names of half a surrogate pair give when they are compared.
            throw new InputException($"'{path}' has a text that is not Unicode: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message}", e);
        }
        catch
        {
            document?.Dispose();
            throw;
        }
    }
}
