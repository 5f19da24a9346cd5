using System.Text;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Files and rows in passages.</summary>
public sealed class PassagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.md.gz")]
    [InlineData("a.jsonl")]
    public void Joined_they_are_the_text_to_the_byte(string name)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            string text = RandomText.Make(random, random.Next(200));
            int mostBytes = random.Next(4, 100);
            TextDocument[] passages = Cut(Write(name, text), mostBytes);
            Assert.True(text == string.Concat(passages.Select(Text)), $"seed {seed}");
            Assert.True(passages.All(passage => passage.Utf8.Length <= mostBytes && !passage.Unfinished && !passage.WithPrevious), $"seed {seed}");
            Assert.True(passages.SkipLast(1).All(passage => passage.Utf8.Length >= Math.Min(mostBytes / 2, mostBytes - 3)), $"seed {seed}");
        }
    }

    [Fact]
    public void They_do_not_depend_on_what_is_read_at_a_time()
    {
        // Several blocks, whose ends fall anywhere within passages.
        string text = RandomText.Make(new Random(7), 900_000);
        TextDocument[] ofFile = Cut(folder.Write("a.txt", "\uFEFF" + text), 3001);
        TextDocument[] ofText = [.. new Passages(3001, together: false).Of(new TextDocument("", Encoding.UTF8.GetBytes(text)))];
        Assert.True(ofFile.Length > 1000);
        Assert.Equal(ofText.Select(Text), ofFile.Select(Text));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\uFEFF", 0)]
    [InlineData("ten bytes.", 10)]
    [InlineData("ten bytes.ten bytes.", 20)]
    public void A_file_that_is_no_longer_than_a_passage_is_one(string text, int bytes)
    {
        TextDocument passage = Assert.Single(Cut(folder.Write("a.txt", text), Math.Max(4, bytes)));
        Assert.Equal((bytes, folder["a.txt"]), (passage.Utf8.Length, passage.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    public void A_byte_that_is_not_utf8_is_named_by_its_position_in_the_file(string mark)
    {
        for (int length = 1; length < 40; length++)
        {
            byte[] words = Encoding.UTF8.GetBytes(mark + new string('é', length));
            foreach (byte[] invalid in new byte[][] { [0xC3], [0xFF], [0x80, 0x80, 0x80, 0x80, 0x80], [0xF0, 0x9F] })
            {
                string path = folder.Write("a.txt", [.. words, .. invalid, .. "and more words"u8]);
                var e = Assert.Throws<InputException>(() => Cut(path, 16));
                Assert.Equal($"{path} is not UTF-8: the byte at position {words.Length} (counted from 0) begins no valid character", e.Message);
            }
        }
    }

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.jsonl")]
    public void Those_of_a_text_stay_together_if_asked_for_whatever_is_blank_before_them(string name)
    {
        folder.Write("0.txt", "one two three four");
        Write(name, new string('\n', 40) + "one two three four five");
        TextDocument[] passages = [.. TextSource.Open(folder.Path, "text", 1, CancellationToken.None, new Passages(8, together: true)).Documents(CancellationToken.None)];
        TextDocument[] said = [.. passages.Where(passage => !passage.IsEmpty)];
        Assert.True(passages.Length > said.Length);
        Assert.Equal("one two |three |four|one two |three |four |five", string.Join('|', said.Select(Text)));
        Assert.Equal([false, true, true, false, true, true, true], said.Select(passage => passage.WithPrevious));
    }

    [Fact]
    public void Reading_can_be_cancelled_between_blocks()
    {
        string path = folder.Write("a.txt", RandomText.Make(new Random(1), 900_000));
        using var cancellation = new CancellationTokenSource();
        using IEnumerator<TextDocument> passages = Open(path, 1000).Documents(cancellation.Token).GetEnumerator();
        Assert.True(passages.MoveNext());
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
        {
            while (passages.MoveNext())
            {
                // Until the block ends.
            }
        });
    }

    private static string Text(TextDocument document) => Encoding.UTF8.GetString(document.Utf8.Span);

    private static TextSource Open(string path, int mostBytes) =>
        TextSource.Open(path, "text", 1, CancellationToken.None, new Passages(mostBytes, together: false));

    private static TextDocument[] Cut(string path, int mostBytes) => [.. Open(path, mostBytes).Documents(CancellationToken.None)];

    private string Write(string name, string text) => Path.GetExtension(name) switch
    {
        ".gz" => folder.Write(name, Gzip.Compress(text)),
        ".jsonl" => folder.Write(name, DatasetSourcesTests.Row(text)),
        _ => folder.Write(name, text),
    };
}
