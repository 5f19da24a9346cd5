using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Tests.Generation;
using Ilgpu.Pretrain.Tokenization;
using static Ilgpu.Pretrain.Tests.Tokenization.ByteFallbackFiles;
using static Ilgpu.Pretrain.Tests.Tokenization.TokenizerInputs;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Llama 1 and 2's kind of tokenizer.json gives the ids that its fields say.</summary>
public sealed class ByteFallbackTokenizerTests
{
    private static readonly string[] Forms =
    [
        "",
        "\"prepend_scheme\": \"first\", \"split\": false",
        "\"prepend_scheme\": \"always\", \"split\": false",
        "\"prepend_scheme\": \"never\", \"split\": false",
        "\"prepend_scheme\": \"first\"",
        "\"prepend_scheme\": \"always\", \"split\": true, \"add_prefix_space\": true",
        "\"add_prefix_space\": true",
        "\"add_prefix_space\": false",
    ];

    /// <summary>Ranks that no scores gave, marks within tokens, merges whose parts are not all made, tokens that are added.</summary>
    [Fact]
    public void Random_vocabularies_give_the_ids_and_the_text_of_the_definition()
    {
        var inputs = new TokenizerInputs();
        string[] letters = [" ", "a", "b", "é", "☺", "\u2581", "🙂", "e\u0301", "<x>", "c"];
        for (int round = 0; round < 48; round++)
        {
            JsonObject json = RandomFile(inputs.Random, Forms[round % Forms.Length]);
            Tokenizer tokenizer = Read(json);
            Assert.IsType<ByteFallbackTokenizer>(tokenizer);
            Assert.Equal(tokenizer.Fingerprint, TokenizerFiles.WrittenAndRead(tokenizer).Fingerprint);
            var naive = new NaiveByteFallback(json);
            for (int word = 0; word < 15; word++)
            {
                string text = string.Concat(inputs.Random.GetItems(letters, inputs.Random.Next(0, 110)));
                int[] expected = naive.Encode(text);
                Assert.Equal(expected, tokenizer.Encode(text));
                Assert.Equal(naive.Decode(expected), tokenizer.DecodeText(expected));
            }
        }
    }

    /// <summary>By hand: the tokens from 259 on are "▁", "a", "b", "▁a", "▁b", "▁▁", and two marks are merged before anything else.</summary>
    [Theory]
    [InlineData("", "262 263", "264 260 263", "262 264 261", " a b")]
    [InlineData("\"prepend_scheme\": \"first\", \"split\": false", "262 263", "262 263", "262 264 261", "a b")]
    [InlineData("\"prepend_scheme\": \"first\"", "262 263", "262 263", "262 259 263", "a b")]
    [InlineData("\"prepend_scheme\": \"always\", \"split\": true", "262 263", "262 263", "262 259 263", "a b")]
    [InlineData("\"prepend_scheme\": \"never\", \"split\": false", "260 263", "262 263", "260 264 261", "a b")]
    [InlineData("\"add_prefix_space\": true", "262 263", "262 263", "262 259 263", "a b")]
    [InlineData("\"add_prefix_space\": false", "260 263", "262 263", "260 259 263", "a b")]
    [InlineData("\"add_prefix_space\": false, \"prepend_scheme\": \"never\", \"split\": false", "260 263", "262 263", "260 264 261", "a b")]
    public void Spaces_are_prepared_as_the_file_says(string metaspace, string ids, string behindSpace, string twoSpaces, string back)
    {
        JsonObject json = Of([" ", "a", "b", " a", " b", "  "], " | ", " |a", " |b");
        Tokenizer tokenizer = Read(metaspace.Length == 0 ? json : json.WithMetaspace(metaspace));
        Assert.Equal(ids, string.Join(' ', tokenizer.Encode("a b")));
        Assert.Equal("a b", tokenizer.DecodeText(tokenizer.Encode("a b")));
        Assert.Equal(behindSpace, string.Join(' ', tokenizer.Encode(" a b")));
        Assert.Equal(behindSpace, string.Join(' ', tokenizer.Encode("\u2581a\u2581b")));
        Assert.Equal(back, tokenizer.DecodeText(tokenizer.Encode(" a b")));
        Assert.Equal(twoSpaces, string.Join(' ', tokenizer.Encode("a  b")));
        Assert.Empty(tokenizer.Encode(""));
    }

    /// <summary>"aaa": of the pairs (a, a) at 0 and 1 the left one; a merge of lower rank comes first wherever it stands.</summary>
    [Fact]
    public void The_lowest_rank_is_merged_first_and_the_leftmost_of_those()
    {
        Tokenizer tokenizer = Read(Of([" ", "a", "b", "aa", "ab", "aab"], "a|b", "a|a", "aa|b"));
        Assert.Equal([Pieces, Pieces + 3, Pieces + 1], tokenizer.Encode("aaa"));
        Assert.Equal([Pieces, Pieces + 1, Pieces + 4], tokenizer.Encode("aab"));
        // A token that no merge makes is none, though the vocabulary has it.
        Assert.Equal([Pieces, Pieces + 1, Pieces + 1], Read(Of([" ", "a", "aa"])).Encode("aa"));
    }

    [Fact]
    public void Merges_may_be_pairs()
    {
        JsonObject texts = Of([" ", "a", "b", "ab"], "a|b");
        JsonObject pairs = Of([" ", "a", "b", "ab"]);
        pairs["model"]!["merges"] = JsonNode.Parse("""[["a", "b"]]""");
        Assert.Equal(Read(texts).Fingerprint, Read(pairs).Fingerprint);
        Assert.NotEqual(Read(texts).Fingerprint, Read(Of([" ", "a", "b", "ab"])).Fingerprint);
    }

    [Fact]
    public void Unknown_characters_are_their_bytes_and_any_bytes_come_back()
    {
        Tokenizer tokenizer = Read(Of([" ", "a"]));
        Assert.Equal([Pieces, Pieces + 1, 3 + 0xC3, 3 + 0xA9, 3 + 'b'], tokenizer.Encode("aéb"));
        byte[] noise = new byte[300];
        var inputs = new TokenizerInputs();
        for (int round = 0; round < 20; round++)
        {
            inputs.Random.NextBytes(noise);
            Assert.Equal(noise, tokenizer.Decode(Encode(tokenizer, noise)));
        }

        // Bytes may have any ids, as in vocabularies with more special tokens before them.
        JsonObject moved = Of([" ", "a"]);
        moved["model"]!["vocab"]!["<0x62>"] = 261;
        Assert.Equal([Pieces, 261], Read(moved).Encode("b"));
        Assert.Equal("b", Read(moved).DecodeText([Pieces, 261]));
    }

    [Fact]
    public void Special_tokens_are_text_unless_they_are_asked_for_and_other_added_tokens_are_always_taken()
    {
        JsonObject json = Of([" ", "a", " a"], " |a");
        json["added_tokens"]!.AsArray().Add(Added(262, "<x>", special: false));
        Tokenizer tokenizer = Read(json);
        Assert.Equal((263, 2), (tokenizer.VocabularySize, tokenizer.EndOfText));
        Assert.DoesNotContain(tokenizer.Encode("<s>a</s>"), id => id < 3);
        Assert.Equal([1, Pieces + 2, 2, Pieces + 2], EncodeWithSpecialTokens(tokenizer, "<s>a</s>a"));
        // Each text around them has a space of its own; the decoder takes off the first.
        Assert.Equal([Pieces + 2, 262, Pieces + 2], tokenizer.Encode("a<x>a"));
        Assert.Equal("a<x> a", tokenizer.DecodeText([1, Pieces + 2, 262, Pieces + 2, 2]));
        Tokenizer first = Read(json.WithMetaspace("\"prepend_scheme\": \"first\""));
        Assert.Equal([Pieces + 2, 262, Pieces + 1], first.Encode("a<x>a"));
        Assert.Equal([262, Pieces + 1], first.Encode("<x>a"));
        Assert.Equal(["<unk>", "<s>", "</s>", "<x>"], first.AddedTokens.Select(token => token.Content));
    }

    /// <summary>A model of llama2.c's that is exported and comes back has the ids and the text it had.</summary>
    [Fact]
    public void Scores_and_the_order_that_is_written_of_them_give_the_same_ids()
    {
        var inputs = new TokenizerInputs();
        string[] letters = [" ", "a", "b", "é", "☺", "🙂", "e\u0301", "\n"];
        for (int round = 0; round < 60; round++)
        {
            (string, float)[] pieces = [(" ", -99), .. Enumerable.Range(0, 12)
                .Select(_ => string.Concat(inputs.Random.GetItems(letters[..4], inputs.Random.Next(2, 4))))
                .Distinct()
                .Select((text, i) => (text, -i - .5f)), ("a", -90), ("b", -91), ("é", -92)];
            var scores = (ScoreMergingTokenizer)ReadScores(TokenizerFiles.Llama2c(pieces));
            Assert.Null(OrderOfScores.FindObstacle(scores));
            AssertSame(scores, Ordered(scores), Enumerable.Range(0, 20).Select(_ => Encoding.UTF8.GetBytes(string.Concat(inputs.Random.GetItems(letters, inputs.Random.Next(0, 130))))));
        }
    }

    [Fact]
    public void The_published_tokenizer_of_512_tokens_gives_its_ids_in_this_form()
    {
        var scores = (ScoreMergingTokenizer)Tokenizer.Load(SharedData.Require("reference", "stories260K", "tok512.bin"));
        ByteFallbackTokenizer ordered = Ordered(scores);
        (int[] ids, _) = Stories260K.Reference();
        string text = ordered.DecodeText(ids);
        Assert.Equal(Stories260K.Decode(ids), text);
        Assert.Equal(ids[1..], ordered.Encode(text));
        var inputs = new TokenizerInputs();
        AssertSame(scores, ordered, Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? inputs.Utf8(30) : inputs.Bytes(200)));
    }

    /// <summary>Llama's own vocabulary, whose scores have ties, with its merges in the order that transformers' converter writes.</summary>
    [Fact]
    public void Every_case_of_llama_cpp_has_its_ids_in_this_form()
    {
        List<(byte[] Text, float Score)> vocabulary = GgufVocabulary.Read(SharedData.Require("tokenizers", "llama_cpp_vocab", "ggml-vocab-llama-spm.gguf"));
        Tokenizer tokenizer = Read(Converted(vocabulary));
        Assert.Equal(32000, tokenizer.VocabularySize);
        (string Text, int[] Ids)[] cases = LlamaCppCases.Of("ggml-vocab-llama-spm");
        Assert.Equal(46, cases.Length);
        foreach ((string text, int[] ids) in cases)
        {
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(text, tokenizer.DecodeText(ids));
        }

        var inputs = new TokenizerInputs();
        AssertSame(new ScoreMergingTokenizer(vocabulary), tokenizer, Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? inputs.Utf8(200) : inputs.Bytes(200)));
        Assert.Equal(tokenizer.Fingerprint, TokenizerFiles.WrittenAndRead(tokenizer).Fingerprint);
    }

    /// <summary>Merging by scan would take some 10^11 steps for each of the longer parts.</summary>
    [Fact]
    public void Megabytes_are_merged_whether_they_have_spaces_or_not()
    {
        JsonObject[] files =
        [
            Of([" ", "a", "aa", "aaaa"], "a|a", "aa|aa"),
            // Tokens that go on behind a space: the text is merged as a whole.
            Of([" ", "a", "aa", "a a"], "a|a", "a| ", "a |a"),
        ];
        files[1]["model"]!["vocab"]!["a\u2581"] = 263;
        var clock = Stopwatch.StartNew();
        foreach (Tokenizer tokenizer in files.Select(Read))
        {
            string run = new('a', 500_000);
            string words = string.Concat(Enumerable.Repeat("aa a ", 100_000));
            Assert.Equal(run, tokenizer.DecodeText(tokenizer.Encode(run)));
            Assert.Equal(words, tokenizer.DecodeText(tokenizer.Encode(words)));
        }

        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"{clock.Elapsed}");
    }

    /// <summary>
    /// generate_merges of transformers' convert_slow_tokenizer.py: for each token its partings into two tokens, by their ids; all
    /// of them by score, then by the length of the left and of the right part, the largest first.
    /// </summary>
    private static JsonObject Converted(List<(byte[] Text, float Score)> vocabulary)
    {
        string[] names = [.. vocabulary.Select(token => Encoding.UTF8.GetString(token.Text).Replace(' ', '\u2581'))];
        Dictionary<string, int> idOf = names.Index().ToDictionary(each => each.Item, each => each.Index);
        var merges = new List<(string Left, string Right, float Score)>();
        for (int id = 0; id < names.Length; id++)
        {
            string name = names[id];
            merges.AddRange(Enumerable.Range(1, name.Length - 1)
                .Select(at => (Left: name[..at], Right: name[at..], vocabulary[id].Score))
                .Where(merge => idOf.ContainsKey(merge.Left) && idOf.ContainsKey(merge.Right))
                .OrderBy(merge => (idOf[merge.Left], idOf[merge.Right])));
        }

        JsonObject json = Of([" "]);
        json["model"]!["vocab"] = new JsonObject([.. idOf.Select(each => KeyValuePair.Create(each.Key, (JsonNode?)each.Value))]);
        json["model"]!["merges"] = new JsonArray([.. merges
            .OrderByDescending(merge => merge.Score).ThenByDescending(merge => merge.Left.Length).ThenByDescending(merge => merge.Right.Length)
            .Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]);
        return json;
    }

    private static ByteFallbackTokenizer Ordered(ScoreMergingTokenizer scores)
    {
        var written = new ByteFallbackTokenizer(OrderOfScores.ModelOf(scores));
        var read = (ByteFallbackTokenizer)TokenizerFiles.WrittenAndRead(written);
        Assert.Equal(written.Fingerprint, read.Fingerprint);
        Assert.Equal(TokenizerFiles.Written(written), TokenizerFiles.Written(read));
        return read;
    }

    private static void AssertSame(Tokenizer expected, Tokenizer found, IEnumerable<byte[]> texts)
    {
        foreach (byte[] text in texts)
        {
            int[] ids = Encode(expected, text);
            Assert.Equal(ids, Encode(found, text));
            Assert.Equal(text, found.Decode(ids));
        }
    }

    private static Tokenizer ReadScores(byte[] file)
    {
        using var folder = new MemoryFolder();
        return Tokenizer.Load(folder.Write("tokenizer.bin", file));
    }

    private static JsonObject RandomFile(Random random, string metaspace)
    {
        string[] single = [" ", "a", "b", "é", "☺"];
        string[] pieces = [.. single.Concat(Enumerable.Range(0, 40).Select(_ => string.Concat(random.GetItems(single, random.Next(2, 5))))).Distinct()];
        string[] merges = [.. pieces.SelectMany(piece => Enumerable.Range(1, piece.Length - 1).Select(at => $"{piece[..at]}|{piece[at..]}"))
            .Where(merge => merge.Split('|').All(pieces.Contains) && random.Next(5) > 0)];
        random.Shuffle(merges);
        JsonObject json = Of(pieces, merges);
        json["model"]!["vocab"]!["<x>"] = Pieces + pieces.Length;
        json["added_tokens"]!.AsArray().Add(Added(Pieces + pieces.Length, "<x>", special: false));
        return metaspace.Length == 0 ? json : json.WithMetaspace(metaspace);
    }
}
