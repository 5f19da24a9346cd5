using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// GPT-2's pair of files: vocab.json maps tokens, bytes written in <see cref="ByteAlphabet"/>, to ids; merges.txt has a
/// rule a line, the first one first.
/// </summary>
internal static class VocabularyAndMerges
{
    /// <exception cref="InputException">The merges are missing, or the files contradict themselves or each other.</exception>
    public static BytePairTokenizer Read(string vocabularyFile, JsonElement vocabulary)
    {
        string mergesFile = MergesBeside(vocabularyFile);
        if (!File.Exists(mergesFile))
            throw new InputException($"tokenizer: '{vocabularyFile}' takes its merges from '{mergesFile}', which is not there");
        Dictionary<string, int> ids = ReadVocabulary(vocabularyFile, vocabulary);
        List<(string Left, string Right)> merges = [];
        int line = 0;
        foreach (string text in File.ReadLines(mergesFile))
        {
            line++;
            if ((line == 1 && text.StartsWith("#version", StringComparison.Ordinal)) || text.Length == 0)
                continue;
            string[] parts = text.Split(' ');
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
                throw new InputException($"tokenizer: '{mergesFile}', line {line} is '{text}'; a merge is two tokens with a space between them");
            merges.Add((parts[0], parts[1]));
        }

        // What no merge makes and is not a byte can only be a special token: the files have no other place for those.
        HashSet<string> made = [.. merges.Select(merge => merge.Left + merge.Right)];
        AddedToken[] special = [.. ids
            .Where(entry => entry.Key.Length > 1 && !made.Contains(entry.Key))
            .Select(entry => new AddedToken(entry.Value, entry.Key, Special: true))];
        return new BytePairTokenizer(BytePairModelBuilder.Build(vocabularyFile, ids, merges, special, PreTokenization.Gpt2));
    }

    /// <exception cref="InputException">A value is not an id.</exception>
    public static Dictionary<string, int> ReadVocabulary(string file, JsonElement vocabulary)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0 || id >= BytePairModel.LargestVocabulary)
                throw new InputException($"tokenizer: '{file}' gives the token '{entry.Name}' the id {entry.Value}; an id is a whole number from 0 to {BytePairModel.LargestVocabulary - 1}");
            ids.Add(entry.Name, id);
        }

        return ids;
    }

    private static string MergesBeside(string vocabularyFile) => Path.Combine(
        Path.GetDirectoryName(vocabularyFile) ?? "",
        Path.GetFileNameWithoutExtension(vocabularyFile).Replace("vocab", "merges", StringComparison.OrdinalIgnoreCase) + ".txt");
}
