using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Reads tokenizers from the public formats, by what a file or folder holds.</summary>
internal static class TokenizerFile
{
    /// <summary>What is read, in words.</summary>
    public const string Formats =
        "a Hugging Face tokenizer.json (byte-level BPE, or Llama 2's with byte_fallback), a vocab.json with its merges.txt beside it, a .tiktoken file of ranks, llama2.c's tokenizer.bin, or a folder of one of them";

    /// <summary>Bytes of JSON that are read at most: a vocabulary of four million tokens with their merges has fewer.</summary>
    private const long LargestJson = 1 << 28;

    private const string HuggingFaceName = "tokenizer.json";
    private const string VocabularyName = "vocab.json";
    private const string Llama2cName = "tokenizer.bin";

    /// <exception cref="InputException">It is not there, of no known format, or contradicts itself.</exception>
    public static Tokenizer Read(string path, PreTokenization? pieces)
    {
        string file = path;
        try
        {
            file = Directory.Exists(path) ? FileIn(path) : path;
            if (!File.Exists(file))
                throw new InputException($"tokenizer: '{path}' is not there; it takes {ByteTokenizer.TokenizerName}, {Formats}");
            return Path.GetExtension(file).ToLowerInvariant() switch
            {
                ".json" => ReadJson(file),
                ".tiktoken" or ".model" => TiktokenFile.Read(file, pieces),
                ".bin" => Llama2cTokenizerFile.Read(file),
                var extension => throw MalformedFile.Because(file, $"the extension is '{extension}'; it takes {Formats}"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MalformedFile.Because(file, $"it cannot be read: {e.Message}", e);
        }
    }

    private static string FileIn(string folder)
    {
        string[] known = [HuggingFaceName, VocabularyName, Llama2cName];
        if (Array.Find(known, name => File.Exists(Path.Combine(folder, name))) is { } found)
            return Path.Combine(folder, found);
        string[] ranks = Directory.GetFiles(folder, "*.tiktoken");
        return ranks.Length == 1
            ? ranks[0]
            : throw MalformedFile.Because(folder, $"the folder has no {string.Join(", ", known)} and {ranks.Length} .tiktoken files; it takes one of them");
    }

    private static Tokenizer ReadJson(string file)
    {
        if (new FileInfo(file).Length is > LargestJson and var bytes)
            throw MalformedFile.Because(file, $"it has {bytes} bytes; such a file has {LargestJson} at most");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw MalformedFile.Because(file, $"it is a JSON {root.ValueKind.ToString().ToLowerInvariant()}; a tokenizer is an object");
            bool hasModel = root.TryGetProperty("model", out JsonElement model) && model.ValueKind != JsonValueKind.Number;
            return hasModel || !VocabularyAndMerges.IsVocabulary(file)
                ? HuggingFaceTokenizerReader.Read(file, root)
                : VocabularyAndMerges.Read(file, root);
        }
        catch (JsonException e)
        {
            throw MalformedFile.Because(file, $"it is not JSON that can be used{Explanation(e)}", e);
        }
        catch (InvalidOperationException e)
        {
            // What a text of bytes that are not UTF-8, or of half a surrogate pair, gives when it is read.
            throw MalformedFile.Because(file, $"it has a text that is not Unicode: {e.Message}", e);
        }
    }

    /// <summary>Where and what, without the rest of the file that the reader may quote.</summary>
    private static string Explanation(JsonException e)
    {
        string what = e.Message.Split(" LineNumber:")[0];
        string where = e.LineNumber is { } line ? $" (line {line + 1}, byte {e.BytePositionInLine + 1})" : "";
        return $"{where}: {Printable.Excerpt(what, longest: 120)}";
    }
}
