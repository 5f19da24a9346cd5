using System.Text;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Large texts come in segments.</summary>
public sealed class TextSegmentsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("one two three", 13, "one two three")]
    [InlineData("one two three", 12, "one two| three")]
    [InlineData("one two three", 7, "one two| three")]
    [InlineData("one two three", 6, "one| two| three")]
    [InlineData("one two  three", 8, "one two|  three")]
    [InlineData("one\n two", 5, "one\n two")]
    [InlineData("longword b c", 3, "longword| b| c")]
    [InlineData("a\u00A0 b c", 4, "a\u00A0 b| c")]
    [InlineData("é é é", 3, "é| é| é")]
    [InlineData(" a b", 1, " a| b")]
    [InlineData("", 1, "")]
    public void A_segment_ends_at_the_last_space_after_a_word(string text, int segmentBytes, string expected) =>
        Assert.Equal(expected, string.Join('|', Segments(text, segmentBytes).Select(Text)));

    [Fact]
    public void Segments_of_random_texts_are_the_text_and_end_where_pre_tokenisers_do()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            string text = RandomText.Make(random, random.Next(300));
            int segmentBytes = random.Next(1, 40);
            foreach (string name in new[] { "a.txt", "a.txt.gz" })
            {
                TextDocument[] segments = Segments(text, segmentBytes, name);
                string printed = $"seed {seed}, {name}";
                Assert.True(text == string.Concat(segments.Select(Text)), printed);
                Assert.True(segments.SkipLast(1).All(segment => segment.Unfinished) && !segments[^1].Unfinished, printed);
                Assert.True(segments.All(segment => segment.Name == folder[name] && !segment.WithPrevious), printed);
                Assert.True(segments.Skip(1).All(segment => segment.Utf8.Span[0] == ' '), printed);
                Assert.True(segments.SkipLast(1).All(segment => !char.IsWhiteSpace(Text(segment)[^1])), printed);
                Assert.True(segments.All(segment => segment.Utf8.Length <= segmentBytes || !HasEndWithin(segment, segmentBytes)), printed);
            }
        }
    }

    [Fact]
    public void A_segment_stays_valid_when_the_next_one_is_read()
    {
        TextDocument[] segments = Segments(string.Concat(Enumerable.Range(0, 100).Select(i => $" {i}")), 10);
        Assert.Equal(string.Concat(Enumerable.Range(0, 100).Select(i => $" {i}")), string.Concat(segments.Select(Text)));
    }

    [Theory]
    [InlineData("\uFEFF")]
    [InlineData("")]
    public void A_byte_that_is_not_utf8_is_named_by_its_position_in_the_file(string mark)
    {
        byte[] words = Encoding.UTF8.GetBytes(mark + string.Concat(Enumerable.Repeat("word ", 20)));
        string path = folder.Write("a.txt", [.. words, 0xC3, .. "( and more words"u8]);
        var documents = new List<TextDocument>();
        var e = Assert.Throws<InputException>(() => documents.AddRange(Open(path, 10).Documents(CancellationToken.None)));
        Assert.Equal($"{path} is not UTF-8: the byte at position {words.Length} (counted from 0) begins no valid character", e.Message);
    }

    [Fact]
    public void A_text_without_a_place_to_end_a_segment_is_an_error_at_last()
    {
        string path = folder.Write("a.txt", "one two " + new string('x', 200));
        var limits = new ReadLimits { SegmentBytes = 8, MaximumSegmentBytes = 100 };
        TextFiles source = TextFiles.OfFile(path, "text", CancellationToken.None, limits);
        var e = Assert.Throws<InputException>(() => source.Documents(CancellationToken.None).ToArray());
        Assert.Equal(
            $"{path} cannot be read in segments: the 100 bytes from position 7 on (counted from 0) have no space after a character that is not white space",
            e.Message);
    }

    [Fact]
    public void A_file_of_a_segment_is_whole_and_a_larger_one_is_not()
    {
        int segmentBytes = ReadLimits.Default.SegmentBytes;
        byte[] text = [.. Enumerable.Repeat("seven77 "u8.ToArray(), (segmentBytes / 8) + 1).SelectMany(word => word)];
        string path = folder.Write("a.txt", text[..segmentBytes]);
        TextDocument whole = Assert.Single(TextSource.Open(path, "text", 1, CancellationToken.None).Documents(CancellationToken.None));
        Assert.Equal((segmentBytes, false), (whole.Utf8.Length, whole.Unfinished));
        folder.Write("a.txt", text);
        TextDocument[] segments = [.. TextSource.Open(path, "text", 1, CancellationToken.None).Documents(CancellationToken.None)];
        Assert.Equal([segmentBytes - 1, 9], segments.Select(segment => segment.Utf8.Length));
    }

    [Fact]
    public void Reading_can_be_cancelled_between_segments()
    {
        string path = folder.Write("a.txt", "one two three four five");
        using var cancellation = new CancellationTokenSource();
        using IEnumerator<TextDocument> segments = Open(path, 5).Documents(cancellation.Token).GetEnumerator();
        Assert.True(segments.MoveNext());
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => segments.MoveNext());
    }

    private static bool HasEndWithin(TextDocument segment, int bytes) =>
        Enumerable.Range(1, bytes).Any(at =>
            segment.Utf8.Span[at] == ' ' && !char.IsWhiteSpace(Encoding.UTF8.GetString(segment.Utf8.Span[..at])[^1]));

    private static string Text(TextDocument document) => Encoding.UTF8.GetString(document.Utf8.Span);

    private static TextFiles Open(string path, int segmentBytes) =>
        TextFiles.OfFile(path, "text", CancellationToken.None, new ReadLimits { SegmentBytes = segmentBytes });

    private TextDocument[] Segments(string text, int segmentBytes, string name = "a.txt")
    {
        string path = folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip.Compress(text) : Encoding.UTF8.GetBytes(text));
        return [.. Open(path, segmentBytes).Documents(CancellationToken.None)];
    }
}
