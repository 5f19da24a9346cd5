using System.Text;
using Ilgpu.Pretrain.Tests.Generation;
using Ilgpu.Pretrain.Tokenization;
using static Ilgpu.Pretrain.Tests.Tokenization.TokenizerInputs;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public sealed class ScoreMergingTokenizerTests
{
    private const int Pieces = 259;

    private static string Tok512 => SharedData.Require("reference", "stories260K", "tok512.bin");

    /// <summary>The ids that llama2.c's model said are those of what it said.</summary>
    [Fact]
    public void The_text_of_the_reference_has_its_ids()
    {
        (int[] ids, _) = Stories260K.Reference();
        Assert.Equal(201, ids.Length);
        var tokenizer = Tokenizer.Load(Tok512);
        Assert.Equal(tokenizer.EndOfText, ids[0]);
        string text = tokenizer.DecodeText(ids);
        Assert.Equal(Stories260K.Decode(ids), text);
        Assert.Equal(ids[1..], tokenizer.Encode(text));
    }

    [Fact]
    public void What_is_read_is_written_byte_by_byte()
    {
        var tokenizer = Tokenizer.Load(Tok512);
        Assert.Equal(File.ReadAllBytes(Tok512), TokenizerFiles.Written(tokenizer));
        Assert.Equal(512, tokenizer.VocabularySize);
        Assert.Equal(tokenizer.Fingerprint, TokenizerFiles.WrittenAndRead(tokenizer).Fingerprint);
    }

    [Fact]
    public void Ids_of_stories_are_those_of_the_definition()
    {
        Tokenizer tokenizer = Tokenizer.Load(Tok512);
        var naive = new NaiveScoreMerging(Vocabulary(Tok512));
        var inputs = new TokenizerInputs();
        for (int round = 0; round < 200; round++)
        {
            string text = inputs.Text(inputs.Random.Next(40));
            Assert.Equal(naive.Encode(text), tokenizer.Encode(text));
        }
    }

    /// <summary>Of few letters and scores, many of them equal.</summary>
    [Fact]
    public void Random_vocabularies_give_the_ids_of_the_definition()
    {
        var inputs = new TokenizerInputs();
        string[] snippets = [" ", "a", "b", "é", "☺", "c"];
        for (int round = 0; round < 100; round++)
        {
            (string, float)[] pieces = [.. Enumerable.Range(0, 60)
                .Select(_ => string.Concat(inputs.Random.GetItems(snippets[..5], inputs.Random.Next(1, 6))))
                .Distinct()
                .Select(text => (text, (float)-inputs.Random.Next(5)))];
            byte[] file = TokenizerFiles.Llama2c(pieces);
            Tokenizer tokenizer = Read(file);
            var naive = new NaiveScoreMerging(Vocabulary(pieces));
            Assert.Equal(file, TokenizerFiles.Written(tokenizer));
            for (int word = 0; word < 20; word++)
            {
                string text = string.Concat(inputs.Random.GetItems(snippets, inputs.Random.Next(0, 150)));
                Assert.Equal(naive.Encode(text), tokenizer.Encode(text));
                Assert.Equal(text, tokenizer.DecodeText(tokenizer.Encode(text)));
            }
        }
    }

    /// <summary>SentencePiece's algorithm as llama.cpp has it is the same: a text with a space before it, merged by score.</summary>
    [Fact]
    public void Every_case_of_llama_cpp_has_its_ids_of_llama()
    {
        var tokenizer = new ScoreMergingTokenizer(GgufVocabulary.Read(SharedData.Require("tokenizers", "llama_cpp_vocab", "ggml-vocab-llama-spm.gguf")));
        (string Text, int[] Ids)[] cases = LlamaCppCases.Of("ggml-vocab-llama-spm");
        Assert.Equal(46, cases.Length);
        foreach ((string text, int[] ids) in cases)
        {
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(text, tokenizer.DecodeText(ids));
        }
    }

    [Fact]
    public void What_has_no_token_is_its_bytes()
    {
        Tokenizer tokenizer = Read(TokenizerFiles.Llama2c((" ", -1), ("a", -2)));
        Assert.Equal([Pieces, Pieces + 1, 3 + 0xC3, 3 + 0xA9, 3 + 'b'], tokenizer.Encode("aéb"));
        Assert.Equal("aéb", tokenizer.DecodeText(tokenizer.Encode("aéb")));
        byte[] noise = new byte[300];
        new TokenizerInputs().Random.NextBytes(noise);
        Assert.Equal(noise, tokenizer.Decode(Encode(tokenizer, noise)));
    }

    [Fact]
    public void An_empty_text_has_no_ids()
    {
        Tokenizer tokenizer = Read(TokenizerFiles.Llama2c((" ", -1)));
        Assert.Empty(tokenizer.Encode(""));
        Assert.Equal("", tokenizer.DecodeText([]));
        Assert.Equal("", tokenizer.DecodeText([1]));
    }

    [Fact]
    public void Special_tokens_are_taken_where_that_is_asked_for_and_begin_texts()
    {
        Tokenizer tokenizer = Read(TokenizerFiles.Llama2c((" ", -1), ("a", -2), (" a", -1)));
        Assert.Equal([1, Pieces + 2, 2, 1, Pieces + 2], EncodeWithSpecialTokens(tokenizer, "<s>a</s><s>a"));
        Assert.Equal("aa", tokenizer.DecodeText([1, Pieces + 2, 2, 1, Pieces + 2]));
        Assert.DoesNotContain(tokenizer.Encode("<s>a</s>"), id => id < 3);
        Assert.Equal(["<unk>", "<s>", "</s>"], tokenizer.AddedTokens.Select(token => token.Content));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(260)]
    public void Ids_outside_the_vocabulary_are_refused(int id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(TokenizerFiles.Llama2c((" ", -1))).Decode([id]));

    /// <summary>Read here, which leaves nothing to the reader under test.</summary>
    private static List<(byte[], float)> Vocabulary(string file)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        _ = reader.ReadInt32();
        var vocabulary = new List<(byte[], float)>();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            float score = reader.ReadSingle();
            vocabulary.Add((reader.ReadBytes(reader.ReadInt32()), score));
        }

        return vocabulary;
    }

    private static (byte[], float)[] Vocabulary((string Text, float Score)[] pieces) =>
    [
        .. Enumerable.Range(0, Pieces).Select(id => (Encoding.UTF8.GetBytes($"token {id}"), 0f)),
        .. pieces.Select(piece => (Encoding.UTF8.GetBytes(piece.Text), piece.Score)),
    ];

    private static Tokenizer Read(byte[] file)
    {
        using var folder = new TemporaryFolder();
        return Tokenizer.Load(folder.Write("tokenizer.bin", file));
    }
}
