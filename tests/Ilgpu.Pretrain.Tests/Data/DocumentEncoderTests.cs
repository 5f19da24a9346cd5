using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Documents that come in segments are encoded as if they were whole.</summary>
public sealed class DocumentEncoderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bytes")]
    [InlineData("characters")]
    [InlineData("gpt2")]
    [InlineData("llama3")]
    public void Segments_cut_before_spaces_have_the_ids_of_the_whole_document(string kind)
    {
        string[] texts = [.. Enumerable.Range(0, 60).Select(seed => RandomText.Make(new Random(seed), 40 + seed))];
        Tokenizer tokenizer = Make(kind, texts);
        int segments = 0;
        for (int seed = 0; seed < texts.Length; seed++)
        {
            var random = new Random(1000 + seed);
            TextDocument[] parts = [.. Cut(texts[seed], random)];
            segments += parts.Length;
            int[] expected = [.. tokenizer.Encode(texts[seed]), 0];
            Assert.True(expected.SequenceEqual(Encode(tokenizer, parts)), $"seed {seed}: {string.Join('|', parts.Select(part => Encoding.UTF8.GetString(part.Utf8.Span)))}");
        }

        Assert.True(segments > 3 * texts.Length, "hardly any text was cut");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Segments_and_whole_documents_come_in_their_order(int threads)
    {
        string[] texts = [.. Enumerable.Range(0, 40).Select(seed => RandomText.Make(new Random(seed), seed))];
        var random = new Random(5);
        TextDocument[] parts = [.. texts.SelectMany((text, i) => i % 2 == 0 ? Cut(text, random) : [new TextDocument("d", Encoding.UTF8.GetBytes(text))])];
        int[] expected = [.. texts.SelectMany(text => (int[])[.. ByteTokenizer.Instance.Encode(text), 0])];
        Assert.Equal(expected, Encode(ByteTokenizer.Instance, parts, threads));
    }

    [Fact]
    public void A_tokenizer_whose_tokens_cross_spaces_refuses_a_document_in_segments()
    {
        folder.Write("text/one.txt", "some text to learn from");
        Tokenizer crossing = DatasetWorkshop.Train(new TokenizerTrainingOptions { Source = folder["text"], Vocabulary = 258, SpecialTokens = ["end of text"] });
        var unfinished = new TextDocument("large.txt", "one"u8.ToArray(), Unfinished: true);
        var last = new TextDocument("large.txt", " two"u8.ToArray());
        var e = Assert.Throws<InputException>(() => Encode(crossing, [unfinished, last]));
        Assert.Equal("large.txt is too large to be encoded at once, which its tokenizer (byte-level BPE, Gpt2 pieces) takes: cut it with --document-bytes", e.Message);
        Assert.Equal([.. crossing.Encode("two"), 0], Encode(crossing, [new TextDocument("d", "two"u8.ToArray())]));
    }

    [Fact]
    public void Text_that_the_tokenizer_cannot_write_is_named_with_its_document()
    {
        Tokenizer letters = CharacterTokenizer.Of([new Rune('a'), new Rune('b')], withEndOfText: true);
        TextDocument[] documents = [new TextDocument("rows.jsonl:1", "ab"u8.ToArray()), new TextDocument("rows.jsonl:2", "abc"u8.ToArray())];
        Assert.Equal(
            "rows.jsonl:2: the character U+0063 'c' is none of the tokenizer's 2 characters",
            Assert.Throws<InputException>(() => Encode(letters, documents)).Message);
    }

    private Tokenizer Make(string kind, string[] texts)
    {
        if (kind == "bytes")
            return ByteTokenizer.Instance;
        if (kind == "characters")
            return CharacterTokenizer.Of([.. string.Concat(texts).EnumerateRunes().Distinct()], withEndOfText: true);
        foreach ((int i, string text) in texts.Index())
            folder.Write($"texts/{i}.txt", text);
        return DatasetWorkshop.Train(new TokenizerTrainingOptions
        {
            Source = folder["texts"],
            Vocabulary = 300,
            Pieces = Enum.Parse<PreTokenization>(kind, ignoreCase: true),
        });
    }

    /// <summary>A text as segments: some of the places between a character that is not white space and a space.</summary>
    private static IEnumerable<TextDocument> Cut(string text, Random random)
    {
        int start = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] != ' ' || char.IsWhiteSpace(text[i - 1]) || random.Next(2) == 0)
                continue;
            yield return new TextDocument("d", Encoding.UTF8.GetBytes(text[start..i]), Unfinished: true);
            start = i;
        }

        yield return new TextDocument("d", Encoding.UTF8.GetBytes(text[start..]));
    }

    /// <summary>The ids that are written, with 0 behind each document.</summary>
    private int[] Encode(Tokenizer tokenizer, TextDocument[] parts, int threads = 2)
    {
        string target = folder[Guid.NewGuid().ToString()];
        Directory.CreateDirectory(target);
        using (var writer = new DatasetWriter(target, bytesPerId: 4))
            new DocumentEncoder(tokenizer, separator: 0, threads, writer).Encode(parts, () => { }, TestContext.Current.CancellationToken);
        return [.. File.ReadAllBytes(Assert.Single(Directory.GetFiles(target))).Chunk(4).Select(id => BitConverter.ToInt32(id))];
    }
}
