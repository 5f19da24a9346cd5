using System.Text.Json;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// GPT-2's pair of files: vocab.json maps tokens, bytes written in <see cref="ByteAlphabet"/>, to ids; merges.txt has a
/// rule a line, the first one first.
/// </summary>
internal static class VocabularyAndMerges
{
    private const string VocabularyName = "vocab";
    private const string MergesName = "merges";

    /// <summary>Whether a file is a vocabulary by its name, which also names its merges.</summary>
    public static bool IsVocabulary(string file) => Path.GetFileName(file).Contains(VocabularyName, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="InputException">The merges are missing, or the files contradict themselves or each other.</exception>
    public static BytePairTokenizer Read(string vocabularyFile, JsonElement vocabulary)
    {
        string mergesFile = MergesBeside(vocabularyFile);
        if (!File.Exists(mergesFile))
            throw MalformedFile.Because(vocabularyFile, $"it takes its merges from '{mergesFile}', which is not there");
        Dictionary<string, int> ids = new JsonFields(vocabularyFile, "", vocabulary).Ids();
        List<(string Left, string Right)> merges = ReadMerges(mergesFile);
        // What no merge makes and is not a byte can only be a special token: the files have no other place for those.
        HashSet<string> made = [.. merges.Select(merge => merge.Left + merge.Right)];
        AddedToken[] special = [.. ids
            .Where(entry => entry.Key.Length > 1 && !made.Contains(entry.Key))
            .Select(entry => new AddedToken(entry.Value, entry.Key, Special: true))];
        return new BytePairTokenizer(BytePairModelBuilder.Build(vocabularyFile, ids, merges, special, PreTokenization.Gpt2));
    }

    private static List<(string Left, string Right)> ReadMerges(string file)
    {
        List<(string Left, string Right)> merges = [];
        int line = 0;
        foreach (string text in File.ReadLines(file))
        {
            line++;
            if ((line == 1 && text.StartsWith("#version", StringComparison.Ordinal)) || text.Length == 0)
                continue;
            string[] parts = text.Split(' ');
            if (parts is not [{ Length: > 0 } left, { Length: > 0 } right])
                throw MalformedFile.Because(file, $"line {line} is '{Printable.Excerpt(text)}'; a merge is two tokens with a space between them");
            merges.Add((left, right));
        }

        return merges;
    }

    private static string MergesBeside(string vocabularyFile) => Path.Combine(
        Path.GetDirectoryName(vocabularyFile) ?? "",
        Path.GetFileNameWithoutExtension(vocabularyFile).Replace(VocabularyName, MergesName, StringComparison.OrdinalIgnoreCase) + ".txt");
}
