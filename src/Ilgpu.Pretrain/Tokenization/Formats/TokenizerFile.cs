using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Reads tokenizers from the public formats, by what a file or folder holds.</summary>
internal static class TokenizerFile
{
    /// <summary>What is read, in words.</summary>
    public const string Formats =
        "a Hugging Face tokenizer.json (byte-level BPE), a vocab.json with its merges.txt beside it, a .tiktoken file of ranks, llama2.c's tokenizer.bin, or a folder of one of them";

    private const string HuggingFaceName = "tokenizer.json";
    private const string VocabularyName = "vocab.json";
    private const string Llama2cName = "tokenizer.bin";

    /// <exception cref="InputException">It is not there, of no known format, or contradicts itself.</exception>
    public static Tokenizer Read(string path, PreTokenization? pieces)
    {
        string file = Directory.Exists(path) ? FileIn(path) : path;
        if (!File.Exists(file))
            throw new InputException($"tokenizer: '{path}' is not there; it takes {ByteTokenizer.TokenizerName}, {Formats}");
        try
        {
            return Path.GetExtension(file).ToLowerInvariant() switch
            {
                ".json" => ReadJson(file),
                ".tiktoken" or ".model" => TiktokenFile.Read(file, pieces),
                ".bin" => Llama2cTokenizerFile.Read(file),
                var extension => throw new InputException($"tokenizer: '{file}' has the extension '{extension}'; it takes {Formats}"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"tokenizer: '{file}' cannot be read: {e.Message}", e);
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
            : throw new InputException($"tokenizer: the folder '{folder}' has no {string.Join(", ", known)} and {ranks.Length} .tiktoken files; it takes one of them");
    }

    private static Tokenizer ReadJson(string file)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new InputException($"tokenizer: '{file}' is a JSON {root.ValueKind.ToString().ToLowerInvariant()}; a tokenizer is an object");
            return root.TryGetProperty("model", out JsonElement model) && model.ValueKind == JsonValueKind.Object
                ? HuggingFaceTokenizerReader.Read(file, root)
                : VocabularyAndMerges.Read(file, root);
        }
        catch (JsonException e)
        {
            throw new InputException($"tokenizer: '{file}' is not JSON that can be used: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
