using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Ids and vocabularies that others made of the same text.</summary>
public sealed class PublishedIdsTests
{
    private static Tokenizer Gpt2 => Tokenizer.Load(SharedData.Require("tokenizers", "bpe_reference", "gpt2_vocab.json"));

    [Theory]
    [InlineData("tinyshakespeare_train.u16", 0, 1003854)]
    [InlineData("tinyshakespeare_val.u16", 1003854, 111540)]
    public void Tinyshakespeare_has_the_published_ids_of_gpt2(string file, int first, int length)
    {
        byte[] text = File.ReadAllBytes(SharedData.Require("corpora", "small", "tinyshakespeare.txt"));
        byte[] published = File.ReadAllBytes(SharedData.Require("tokenizers", "gpt2_ids", file));
        int[] expected = [.. Enumerable.Range(0, published.Length / 2).Select(i => (int)BinaryPrimitives.ReadUInt16LittleEndian(published.AsSpan(2 * i)))];
        Tokenizer gpt2 = Gpt2;
        int[] ids = Encode(gpt2, text.AsSpan(first, length));
        Assert.Equal(expected, ids);
        Assert.Equal(text[first..(first + length)], gpt2.Decode(ids));
    }

    [Fact]
    public void Every_case_of_llama_cpp_has_its_ids_of_gpt2()
    {
        Tokenizer gpt2 = Gpt2;
        (string Text, int[] Ids)[] cases = LlamaCppCases.Of("ggml-vocab-gpt-2");
        Assert.Equal(46, cases.Length);
        foreach ((string text, int[] ids) in cases)
        {
            Assert.Equal(ids, gpt2.Encode(text));
            Assert.Equal(text, gpt2.DecodeText(ids));
        }
    }

    /// <summary>The vocabulary is the one of the reference, its ids too; so are the merges, one by one.</summary>
    [Fact]
    public void Training_gives_the_reference_vocabulary()
    {
        string folder = SharedData.Require("tokenizers", "bpe_reference");
        byte[] corpus = File.ReadAllBytes(Path.Combine(folder, "corpus.en"));
        var watch = Stopwatch.StartNew();
        var counts = new PieceCounts(PreTokenization.Gpt2, [new AddedToken(0, Tokenizer.EndOfTextName, Special: true)]);
        counts.Add(corpus);
        BytePairModel model = BytePairTrainer.Train(counts.All, 500, [Tokenizer.EndOfTextName], PreTokenization.Gpt2, TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine($"{watch.Elapsed.TotalMilliseconds:0} ms");

        Assert.Equal(
            File.ReadAllLines(Path.Combine(folder, "train-bpe-reference-merges.txt")).Where(line => line.Length > 0),
            model.Merges.Select(merge => $"{Written(model, merge.Left)} {Written(model, merge.Right)}"));
        Dictionary<string, int> vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(Path.Combine(folder, "train-bpe-reference-vocab.json")))!;
        Assert.Equal(
            vocabulary.OrderBy(entry => entry.Value),
            Enumerable.Range(0, 500).Select(id => KeyValuePair.Create(id == 0 ? Tokenizer.EndOfTextName : Written(model, id), id)));
        Assert.Equal(Tokenizer.Load(Path.Combine(folder, "train-bpe-reference-vocab.json")).Fingerprint, new BytePairTokenizer(model).Fingerprint);
    }

    [Theory]
    [InlineData("address.txt")]
    [InlineData("german.txt")]
    [InlineData("tinystories_sample.txt")]
    public void Samples_come_back_from_ids_of_gpt2(string name)
    {
        byte[] text = File.ReadAllBytes(SharedData.Require("tokenizers", "bpe_reference", name));
        Tokenizer gpt2 = Gpt2;
        Assert.Equal(text, gpt2.Decode(Encode(gpt2, text)));
        var ids = new ArrayBufferWriter<int>();
        gpt2.EncodeWithSpecialTokens(text, ids);
        int separators = Encoding.UTF8.GetString(text).Split(Tokenizer.EndOfTextName).Length - 1;
        Assert.Equal(separators, ids.WrittenSpan.Count(gpt2.EndOfText!.Value));
    }

    private static string Written(BytePairModel model, int id) => ByteAlphabet.Write(model.Tokens[id]);

    private static int[] Encode(Tokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, ids);
        return ids.WrittenSpan.ToArray();
    }
}
