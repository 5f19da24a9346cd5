using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Small valid files of tokenizers, to be read, or spoilt first.</summary>
internal static class TokenizerFiles
{
    public static byte[] Written(Tokenizer tokenizer)
    {
        using var stream = new MemoryStream();
        tokenizer.Write(stream);
        return stream.ToArray();
    }

    /// <summary>What is read back of a tokenizer's own file.</summary>
    public static Tokenizer WrittenAndRead(Tokenizer tokenizer)
    {
        using var folder = new MemoryFolder();
        return Tokenizer.Load(folder.Write(tokenizer.Name, Written(tokenizer)));
    }

    /// <summary>tokenizer.json of a small byte-level BPE, as an object whose fields can be changed.</summary>
    public static JsonObject HuggingFace(BytePairModel model) => JsonNode.Parse(Written(new BytePairTokenizer(model)))!.AsObject();

    /// <summary>
    /// vocab.json and merges.txt: special tokens stand in the vocabulary only.
    /// </summary>
    public static (byte[] Vocabulary, string[] Merges) Gpt2(BytePairModel model)
    {
        var ids = new Dictionary<string, int>();
        for (int id = 0; id < model.Tokens.Count; id++)
        {
            if (model.Tokens[id] is { } token)
                ids.Add(ByteAlphabet.Write(token), id);
        }

        foreach (AddedToken token in model.Added)
            ids.Add(token.Content, token.Id);
        return (
            JsonSerializer.SerializeToUtf8Bytes(ids),
            [.. model.Merges.Select(merge => $"{ByteAlphabet.Write(model.Tokens[merge.Left])} {ByteAlphabet.Write(model.Tokens[merge.Right])}")]);
    }

    /// <summary>Lines of ranks in base64: the bytes in their order, then what each merge makes.</summary>
    public static string[] Tiktoken(BytePairModel model)
    {
        IEnumerable<byte[]> bytes = ByteAlphabet.InOrder.Select(value => new[] { value });
        return [.. bytes.Concat(model.Merges.Select(merge => model.Tokens[merge.Result]!)).Select((token, rank) => $"{Convert.ToBase64String(token)} {rank}")];
    }

    /// <summary>llama2.c's: the special tokens, the bytes, and pieces with scores.</summary>
    public static byte[] Llama2c(params (string Text, float Score)[] pieces)
    {
        (byte[] Text, float Score)[] vocabulary =
        [
            ("<unk>"u8.ToArray(), 0), ("\n<s>\n"u8.ToArray(), 0), ("\n</s>\n"u8.ToArray(), 0),
            .. Enumerable.Range(0, BytePairModel.ByteValues).Select(value => (Encoding.ASCII.GetBytes($"<0x{value:X2}>"), 0f)),
            .. pieces.Select(piece => (Encoding.UTF8.GetBytes(piece.Text), piece.Score)),
        ];
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(vocabulary.Max(token => token.Text.Length));
        foreach ((byte[] text, float score) in vocabulary)
        {
            writer.Write(score);
            writer.Write(text.Length);
            writer.Write(text);
        }

        return stream.ToArray();
    }
}
