using Ilgpu.Pretrain.Tokenization;
using static Ilgpu.Pretrain.Tests.Tokenization.TokenizerInputs;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public sealed class AddedTokensTests
{
    private const int End = 300;
    private const int EndOfTurn = 301;
    private const int Turn = 302;
    private const int Spaces = 310;
    private const int Name = 311;

    private static readonly AddedToken[] Added =
    [
        new(End, "<|end|>", Special: true),
        new(EndOfTurn, "<|end|><|turn|>", Special: true),
        new(Turn, "<|turn|>", Special: true),
        new(Spaces, "    ", Special: false),
        new(Name, "größer", Special: false),
    ];

    private static readonly BytePairTokenizer Tokenizer = new(TrainedTokenizers.Of(["Ġ t", "h e"], Added));

    [Fact]
    public void Special_tokens_in_plain_text_are_text()
    {
        int[] ids = Tokenizer.Encode("a<|end|>b");
        Assert.DoesNotContain(ids, id => id >= End);
        Assert.Equal("a<|end|>b", Tokenizer.DecodeText(ids));
    }

    [Fact]
    public void Special_tokens_are_taken_where_that_is_asked_for()
    {
        Assert.Equal([.. Tokenizer.Encode("a"), End, .. Tokenizer.Encode(" the")], EncodeWithSpecialTokens(Tokenizer, "a<|end|> the"));
        Assert.Equal("a the", Tokenizer.DecodeText(EncodeWithSpecialTokens(Tokenizer, "a<|end|> the")));
    }

    [Fact]
    public void Of_tokens_that_begin_at_one_place_the_longest_is_taken()
    {
        Assert.Equal([EndOfTurn], EncodeWithSpecialTokens(Tokenizer, "<|end|><|turn|>"));
        Assert.Equal([End, EndOfTurn, Turn], EncodeWithSpecialTokens(Tokenizer, "<|end|><|end|><|turn|><|turn|>"));
    }

    [Fact]
    public void Adjacent_tokens_at_both_ends_are_taken() =>
        Assert.Equal([Turn, Turn, End, .. Tokenizer.Encode("a"), End, End], EncodeWithSpecialTokens(Tokenizer, "<|turn|><|turn|><|end|>a<|end|><|end|>"));

    [Fact]
    public void Tokens_that_are_not_special_are_taken_in_every_text()
    {
        Assert.Equal([.. Tokenizer.Encode("a"), Spaces, Spaces, .. Tokenizer.Encode(" "), Name], Tokenizer.Encode("a         größer"));
        Assert.Equal("a         größer", Tokenizer.DecodeText(Tokenizer.Encode("a         größer")));
    }

    [Fact]
    public void Unfinished_tokens_are_text()
    {
        foreach (string text in (string[])["<|end|", "<", "<|", "<<|end|", "|end|>", "   ", "größe"])
            Assert.DoesNotContain(EncodeWithSpecialTokens(Tokenizer, text), id => id >= End);
    }

    /// <summary>The leftmost, of several there the longest, as searching for each at every place finds them.</summary>
    [Fact]
    public void Random_texts_part_as_a_search_at_every_place_parts_them()
    {
        Random random = new TokenizerInputs().Random;
        string[] snippets = ["<|end|>", "<|turn|>", "<|", "end", "|>", "<", "    ", "  ", " ", "a", "the", "größer", "grö", "ß"];
        for (int round = 0; round < 1000; round++)
        {
            string text = string.Concat(random.GetItems(snippets, random.Next(0, 20)));
            Assert.Equal(Naive(text), EncodeWithSpecialTokens(Tokenizer, text));
        }
    }

    [Fact]
    public void A_space_goes_before_each_text_between_tokens_where_the_model_says_so()
    {
        var plain = new BytePairTokenizer(TrainedTokenizers.Of(["Ġ t"], Added));
        var prefixed = new BytePairTokenizer(TrainedTokenizers.Of(["Ġ t"], Added) with { PrefixSpace = true });
        Assert.Equal([.. plain.Encode(" t"), End, .. plain.Encode(" t")], EncodeWithSpecialTokens(prefixed, "t<|end|>t"));
        Assert.Equal([End], EncodeWithSpecialTokens(prefixed, "<|end|>"));
    }

    [Fact]
    public void A_token_with_a_space_in_it_forbids_parting_texts_at_spaces()
    {
        Assert.False(Tokenizer.EndsPiecesBeforeSpaces);
        Assert.True(new BytePairTokenizer(TrainedTokenizers.Of(["Ġ t"], Added[..3])).EndsPiecesBeforeSpaces);
    }

    [Fact]
    public void Special_tokens_are_found_by_name()
    {
        Assert.Equal(EndOfTurn, Tokenizer.SpecialToken("<|end|><|turn|>"));
        Assert.Equal("<|turn|>", Tokenizer.Show(Turn));
        var e = Assert.Throws<InputException>(() => Tokenizer.SpecialToken("größer"));
        Assert.Equal("the tokenizer has no special token 'größer'; it has: <|end|>, <|end|><|turn|>, <|turn|>", e.Message);
    }

    private static List<int> Naive(string text)
    {
        var ids = new List<int>();
        int start = 0;
        for (int at = 0; at < text.Length;)
        {
            AddedToken? token = Added
                .Where(candidate => text.AsSpan(at).StartsWith(candidate.Content, StringComparison.Ordinal))
                .MaxBy(candidate => candidate.Content.Length);
            if (token is null)
            {
                at++;
                continue;
            }

            ids.AddRange(Tokenizer.Encode(text[start..at]));
            ids.Add(token.Id);
            at += token.Content.Length;
            start = at;
        }

        ids.AddRange(Tokenizer.Encode(text[start..]));
        return ids;
    }
}
