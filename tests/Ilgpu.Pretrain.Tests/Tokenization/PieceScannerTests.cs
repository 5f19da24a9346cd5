using System.Text;
using System.Text.RegularExpressions;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Pieces found by hand are those of the published patterns, matched by .NET's own engine.</summary>
public sealed class PieceScannerTests
{
    /// <summary>
    /// What the patterns tell apart, and their borders: every white space, letters with and without case, digits of
    /// several scripts, marks, punctuation, the letters of contractions. The long s is left to a test of its own: .NET does
    /// not take it for an s.
    /// </summary>
    private static readonly string[] Snippets =
    [
        " ", " ", " ", "  ", "\n", "\r\n", "\r", "\t", "\v", "\f", "\u0085", "\u00A0", "\u2003", "\u2028", "\u3000", "\u200B",
        "a", "b", "s", "S", "t", "re", "RE", "ve", "m", "ll", "lL", "d", "D", "'", "'s", "'S", "'ll", "'Ve", "\u2019", "é", "ß", "Ж", "中", "ʰ", "ª",
        "0", "1", "23", "456", "7890", "٣", "Ⅷ", "½", "²",
        ".", ",", "!?", "-", "\u0301", "\u093F", "€", "$", "\\", "\u0000", "\u001C", "_",
    ];

    [Theory]
    [InlineData(PreTokenization.Gpt2)]
    [InlineData(PreTokenization.Llama3)]
    public void Random_texts_part_as_the_pattern_parts_them(PreTokenization rule)
    {
        var pattern = new Regex(PiecePatterns.Of(rule), RegexOptions.CultureInvariant);
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 4000; round++)
        {
            string text = string.Concat(random.GetItems(Snippets, random.Next(0, 24)));
            Assert.Equal(pattern.Matches(text).Select(match => match.Value), Pieces(rule, text));
        }
    }

    [Theory]
    [InlineData("novels", PreTokenization.Gpt2)]
    [InlineData("novels", PreTokenization.Llama3)]
    [InlineData("tech", PreTokenization.Gpt2)]
    [InlineData("tech", PreTokenization.Llama3)]
    public void Real_texts_part_as_the_pattern_parts_them(string corpus, PreTokenization rule)
    {
        string folder = SharedData.Require("corpora", corpus);
        var pattern = new Regex(PiecePatterns.Of(rule), RegexOptions.CultureInvariant | RegexOptions.Compiled);
        foreach (string file in Directory.GetFiles(folder).Order().Take(5))
        {
            string text = File.ReadAllText(file);
            Assert.Equal(pattern.Matches(text).Select(match => match.Value), Pieces(rule, text));
        }
    }

    [Theory]
    [InlineData("x𝒜𝒷.𝟘𝟙", "x𝒜𝒷", ".", "𝟘𝟙")]
    [InlineData("a😀😀b", "a", "😀😀", "b")]
    [InlineData("𠀀 𠀁", "𠀀", " 𠀁")]
    public void Characters_beyond_the_basic_plane_have_classes_too(string text, params string[] expected)
    {
        Assert.Equal(expected, Pieces(PreTokenization.Gpt2, text));
        Assert.Equal(expected, Pieces(PreTokenization.Llama3, text));
    }

    [Fact]
    public void The_long_s_is_an_s_where_case_is_ignored()
    {
        Assert.Equal(["it", "'ſ", " x"], Pieces(PreTokenization.Llama3, "it'ſ x"));
        Assert.Equal(["it", "'", "ſ", " x"], Pieces(PreTokenization.Gpt2, "it'ſ x"));
    }

    /// <summary>What a document that is encoded in segments relies on.</summary>
    [Theory]
    [InlineData(PreTokenization.Gpt2)]
    [InlineData(PreTokenization.Llama3)]
    public void A_text_parted_before_a_space_has_the_pieces_of_its_parts(PreTokenization rule)
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 2000; round++)
        {
            string text = string.Concat(random.GetItems(Snippets, random.Next(2, 24)));
            for (int at = 1; at < text.Length; at++)
            {
                if (text[at] == ' ' && !char.IsWhiteSpace(text[at - 1]))
                    Assert.Equal(Pieces(rule, text), [.. Pieces(rule, text[..at]), .. Pieces(rule, text[at..])]);
            }
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_are_pieces_like_punctuation()
    {
        byte[] bytes = [(byte)'a', 0xFF, 0xC3, (byte)' ', 0x80, (byte)'b'];
        Assert.Equal(
            [[(byte)'a'], [0xFF, 0xC3], [(byte)' ', 0x80], [(byte)'b']],
            Split(PreTokenization.Gpt2, bytes));
    }

    private static List<string> Pieces(PreTokenization rule, string text) =>
        Split(rule, Encoding.UTF8.GetBytes(text)).ConvertAll(Encoding.UTF8.GetString);

    private static List<byte[]> Split(PreTokenization rule, byte[] text)
    {
        var scanner = PieceScanner.Of(rule);
        var pieces = new List<byte[]>();
        for (int start = 0; start < text.Length; start += pieces[^1].Length)
            pieces.Add(text[start..scanner.EndOf(text, start)]);
        return pieces;
    }
}
