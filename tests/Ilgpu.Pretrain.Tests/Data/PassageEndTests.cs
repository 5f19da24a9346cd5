using System.Text;
using System.Text.RegularExpressions;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Where passages end, against the rule as regular expressions say it.</summary>
public sealed class PassageEndTests
{
    private const string Closing = """["'\p{Pe}\p{Pf}]*""";

    /// <summary>What the text before an end ends with, the best first.</summary>
    private static readonly Regex[] Ranks =
    [
        new(@"(^|\n)[ \t\r\f\v]*\n\z"),
        new(@"\n\z"),
        new($@"([.!?…؟۔।]{Closing}\s+|[。！？｡]{Closing}\s*)\z"),
        new(@"\s\z"),
        new(@"\z"),
    ];

    private static readonly string[] Parts =
        [" ", " ", "  ", "\n", "\r\n", "\n\n", "\n \t\r\n", "\t", "\u00A0", "\u3000", "\f", "a", "word", "é", "模型", "🙂", ". ", ".", "!\" ", "?)", "。", "！」", "…’ ", "؟ ", "'", "\"", new string('x', 9)];

    [Theory]
    [InlineData("One.\n\nTwo.\nThree. Four", 20, "One.\n\nTwo.\n")]
    [InlineData("One line.\n\nTwo.\nThree. Four", 20, "One line.\n\n")]
    [InlineData("One line.\r\n \t\r\nTwo.\r\nThree", 23, "One line.\r\n \t\r\n")]
    [InlineData("\n\n\n\n\n\n\n\nword", 7, "\n\n\n\n\n\n\n")]
    [InlineData("It said \"No.\" Then it went", 20, "It said \"No.\" ")]
    [InlineData("It said 3.14 is so much", 18, "It said 3.14 is ")]
    [InlineData("它停了。然后继续走", 18, "它停了。")]
    [InlineData("一个没有句号的很长的句子", 16, "一个没有句")]
    [InlineData("🙂🙂🙂", 7, "🙂")]
    [InlineData("🙂🙂", 4, "🙂")]
    [InlineData("a bbbbbbbbbbbb", 8, "a bbbbbb")]
    [InlineData("aaaa bbbbbbbb", 8, "aaaa ")]
    public void A_passage_ends_at_the_best_place_of_its_second_half(string text, int mostBytes, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes.AsSpan(0, PassageEnd.Of(bytes, mostBytes))));
    }

    [Fact]
    public void Of_random_texts_it_is_where_the_rule_says()
    {
        for (int seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(random.GetItems(Parts, random.Next(3, 25))) + "ends");
            int mostBytes = random.Next(4, text.Length);
            int end = PassageEnd.Of(text, mostBytes);
            Assert.True(Expected(text, mostBytes) == end, $"seed {seed}: {Encoding.UTF8.GetString(text)} at {mostBytes}: {end}");
        }
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("\"")]
    [InlineData(" \"")]
    [InlineData(".")]
    [InlineData(" \n")]
    [InlineData("x")]
    public void No_text_takes_longer_than_its_length(string repeated)
    {
        const int MostBytes = 1 << 23;
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(repeated, (MostBytes / repeated.Length) + 1)));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.InRange(PassageEnd.Of(text, MostBytes), MostBytes - 1, MostBytes);
        // Half a second on a machine that is busy; a quadratic search takes hours.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_end_within_no_character_before_them()
    {
        byte[] text = [.. "🙂🙂"u8, .. Enumerable.Repeat((byte)0x80, 20), .. "end"u8];
        for (int mostBytes = 4; mostBytes < text.Length; mostBytes++)
        {
            int end = PassageEnd.Of(text, mostBytes);
            Assert.InRange(end, 1, mostBytes);
            Assert.True(end >= 8 || end % 4 == 0, $"{mostBytes}: {end}");
        }
    }

    private static int Expected(byte[] text, int mostBytes)
    {
        int[] starts = [.. Enumerable.Range(1, mostBytes).Where(at => (text[at] & 0xC0) != 0x80)];
        int[] ends = [.. starts.Where(at => 2 * at >= mostBytes).Append(starts[^1]).Distinct().OrderDescending()];
        return ends.MinBy(end => Array.FindIndex(Ranks, rank => rank.IsMatch(Encoding.UTF8.GetString(text, 0, end))));
    }
}
