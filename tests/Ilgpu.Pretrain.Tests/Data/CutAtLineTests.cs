using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>The cut of a text that is not in memory is the one of a text that is.</summary>
public sealed class CutAtLineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    public void A_text_file_is_cut_where_its_text_in_memory_is(string mark)
    {
        for (int seed = 0; seed < 1000; seed++)
        {
            var random = new Random(seed);
            string text = "ab" + RandomText.Make(random, random.Next(1, 60)).Replace("\n", random.Next(3) == 0 ? "\n" : "", StringComparison.Ordinal);
            double share = random.Next(4) == 0 ? .001 : random.NextDouble();
            var limits = new ReadLimits { SegmentBytes = random.Next(1, 30), BlockBytes = random.Next(1, 20) };
            string path = folder.Write("a.txt", mark + text);
            (TextDocument train, TextDocument validation) = DocumentCut.AtLine(new TextDocument(path, Encoding.UTF8.GetBytes(text)), share);

            TextFiles source = TextFiles.OfFile(path, "text", CancellationToken.None, limits);
            TextDocument[] segments = [.. source.CutAtLine(share, CancellationToken.None)!];
            Assert.True(Join(segments).SequenceEqual([(train.Name, Text(train)), (validation.Name, Text(validation))]), $"seed {seed}");
            Assert.Equal(source.TotalBytes, source.BytesRead);
        }
    }

    [Fact]
    public void The_cut_follows_its_rule()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            string text = RandomText.Make(random, random.Next(1, 40)).Replace("\n", random.Next(3) == 0 ? "\n" : "", StringComparison.Ordinal) + "a";
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            double share = random.NextDouble();
            long at = DocumentCut.FirstOfLine(bytes.Length, share, (offset, block) => bytes.AsMemory((int)offset, block.Length).CopyTo(block), random.Next(1, 20));
            Assert.True(Reference(bytes, share) == at, $"seed {seed}");
        }
    }

    [Fact]
    public void The_only_text_file_of_a_folder_is_cut_too()
    {
        folder.Write("a.md", "one\ntwo\n");
        TextSource source = TextSource.Open(folder.Path, "text", 1, CancellationToken.None);
        Assert.Equal(["one\n", "two\n"], source.CutAtLine(.5, CancellationToken.None)!.Select(Text));
    }

    [Fact]
    public void Nothing_else_is_cut()
    {
        Assert.Null(TextSource.Open(folder.Write("a.jsonl", "{\"text\": \"one\\ntwo\"}"), "text", 1, CancellationToken.None).CutAtLine(.5, CancellationToken.None));
        Assert.Null(TextSource.Open(folder.Write("a.txt.gz", Gzip.Compress("one\ntwo")), "text", 1, CancellationToken.None).CutAtLine(.5, CancellationToken.None));
        Assert.Null(TextSource.Open(folder.Path, "text", 1, CancellationToken.None).CutAtLine(.5, CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\uFEFF ")]
    public void A_blank_file_of_a_character_at_most_is_one_empty_document(string text)
    {
        string path = folder.Write("a.txt", text);
        TextDocument document = Assert.Single(TextSource.Open(path, "text", 1, CancellationToken.None).CutAtLine(.5, CancellationToken.None)!);
        Assert.Equal((path, true), (document.Name, document.IsEmpty));
    }

    [Fact]
    public void A_single_character_cannot_be_split()
    {
        string path = folder.Write("a.txt", "€");
        TextSource source = TextSource.Open(path, "text", 1, CancellationToken.None);
        var e = Assert.Throws<InputException>(() => source.CutAtLine(.5, CancellationToken.None)!.ToArray());
        Assert.Equal($"{path} is one character, which cannot be split into training and validation", e.Message);
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0xE2, 0x82, 0x61, 0x61, 0x61 }, 1)]
    [InlineData(new byte[] { 0x61, 0x61, 0x61, 0x61, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 }, 4)]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80 }, 0)]
    [InlineData(new byte[] { 0xE2, 0x82 }, 0)]
    public void A_byte_that_is_not_utf8_is_named_by_its_position_in_the_file(byte[] bytes, int position)
    {
        string path = folder.Write("a.txt", bytes);
        foreach (double share in new[] { .01, .3, .5, .7, .99 })
        {
            TextSource source = TextSource.Open(path, "text", 1, CancellationToken.None);
            var e = Assert.Throws<InputException>(() => source.CutAtLine(share, CancellationToken.None)!.ToArray());
            Assert.Equal($"{path} is not UTF-8: the byte at position {position} (counted from 0) begins no valid character", e.Message);
        }
    }

    private static (string Name, string Text)[] Join(TextDocument[] segments) =>
        [.. segments.GroupBy(segment => segment.Name).Select(document => (document.Key, string.Concat(document.Select(Text))))];

    private static string Text(TextDocument document) => Encoding.UTF8.GetString(document.Utf8.Span);

    /// <summary>The line that the share is in, else the next one, else the character that the share is in.</summary>
    private static int Reference(byte[] text, double share)
    {
        int near = Math.Clamp((int)((1 - share) * text.Length), 1, Math.Max(1, text.Length - 1));
        int line = text.AsSpan(0, near).LastIndexOf((byte)'\n') + 1;
        if (line > 0)
            return line;
        int next = text.AsSpan(near).IndexOf((byte)'\n') + near + 1;
        if (next > near && next < text.Length)
            return next;
        int[] characters = [.. Enumerable.Range(1, text.Length).Where(at => at == text.Length || (text[at] & 0xC0) != 0x80)];
        return characters.LastOrDefault(at => at <= near, characters[0]);
    }
}
