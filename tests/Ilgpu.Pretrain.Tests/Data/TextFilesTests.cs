using System.Text;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

public class TextFilesTests
{
    [Fact]
    public void A_folder_gives_its_text_files_in_ordinal_order()
    {
        using var folder = new TemporaryFolder();
        folder.Write("b.txt", "b");
        folder.Write("sub/a.md", "sub a");
        folder.Write("B.TXT", "B");
        folder.Write("ignored.csv", "x");
        folder.Write(".hidden.txt", "x");
        folder.Write(".git/README.md", "x");
        TextSource source = TextSource.Open(folder.Path, "text", 2, CancellationToken.None);
        Assert.Equal(["B.TXT", "b.txt", "sub/a.md"], source.Files.Select(file => file.Name));
        Assert.Equal(["B", "b", "sub a"], Texts(source));
        Assert.All(source.Documents(CancellationToken.None), document => Assert.False(document.WithPrevious));
    }

    [Fact]
    public void A_byte_order_mark_is_not_text_and_everything_else_is()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.txt", "\uFEFF one\r\ntwo\uFEFF\n");
        Assert.Equal([" one\r\ntwo\uFEFF\n"], Texts(TextSource.Open(path, "text", 1, CancellationToken.None)));
    }

    [Fact]
    public void The_hash_is_the_files()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.txt", "abc");
        var file = Assert.Single(TextSource.Open(path, "text", 1, CancellationToken.None).Files);
        Assert.Equal("a.txt", file.Name);
        Assert.Equal(3, file.Bytes);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", file.Sha256);
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0x62, 0xFF, 0x63 }, 2)]
    [InlineData(new byte[] { 0xC3, 0xA9, 0xE2, 0x82 }, 2)]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, 0)]
    public void Invalid_utf8_is_named_with_file_and_position(byte[] bytes, int position)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("bad.txt", bytes);
        TextSource source = TextSource.Open(path, "text", 1, CancellationToken.None);
        var e = Assert.Throws<InputException>(() => source.Documents(CancellationToken.None).ToArray());
        Assert.Equal($"{path} is not UTF-8: the byte at position {position} (counted from 0) begins no valid character", e.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Files_of_all_kinds_are_mixed_in_the_order_of_their_names(int threads)
    {
        using var folder = new TemporaryFolder();
        folder.Write("d.md", "d");
        folder.Write("c.jsonl", "{\"text\": \"c1\"}\n{\"text\": \"c2\"}\n");
        folder.Write("b/x.JSONL.GZ", Gzip.Compress("{\"text\": \"x\"}"));
        folder.Write("a.txt.gz", Gzip.Compress("a"));
        folder.Write("a.md.gz", Gzip.Compress("\uFEFFmark"));
        folder.Write("a.json", "{}");
        TextSource source = TextSource.Open(folder.Path, "text", threads, CancellationToken.None);
        Assert.Equal(["a.md.gz", "a.txt.gz", "b/x.JSONL.GZ", "c.jsonl", "d.md"], source.Files.Select(file => file.Name));
        Assert.Equal(["mark", "a", "x", "c1", "c2", "d"], Texts(source));
        Assert.Equal(
            [folder["a.md.gz"], folder["a.txt.gz"], folder["b", "x.JSONL.GZ"] + ":1", folder["c.jsonl"] + ":1", folder["c.jsonl"] + ":2", folder["d.md"]],
            source.Documents(CancellationToken.None).Select(document => document.Name));
    }

    [Fact]
    public void Bytes_read_rise_to_the_bytes_of_the_files_as_they_are_on_the_disk()
    {
        using var folder = new TemporaryFolder();
        byte[] compressed = Gzip.Compress(string.Concat(Enumerable.Repeat("{\"text\": \"much the same\"}\n", 1000)));
        folder.Write("a.jsonl.gz", compressed);
        folder.Write("b.txt", "\uFEFF123");
        folder.Write("c.txt", "12345");
        TextSource source = TextSource.Open(folder.Path, "text", 2, CancellationToken.None);
        Assert.Equal(compressed.Length + 6 + 5, source.TotalBytes);
        for (int time = 0; time < 2; time++)
        {
            long before = 0;
            foreach (TextDocument document in source.Documents(CancellationToken.None))
            {
                Assert.InRange(source.BytesRead, Math.Max(1, before), source.TotalBytes);
                before = source.BytesRead;
            }

            Assert.Equal(source.TotalBytes, source.BytesRead);
        }
    }

    [Fact]
    public void A_file_that_is_gone_when_it_is_read_is_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.txt", "abc");
        TextSource source = TextSource.Open(path, "text", 1, CancellationToken.None);
        File.Delete(path);
        var e = Assert.Throws<InputException>(() => source.Documents(CancellationToken.None).ToArray());
        Assert.StartsWith($"{path} cannot be read: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_stay_as_they_are_are_unchanged()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.txt", "abc");
        File.CreateSymbolicLink(folder["b.txt"], path);
        TextSource source = TextSource.Open(folder.Path, "text", 1, CancellationToken.None);
        Assert.Equal(["abc", "abc"], Texts(source));
        source.RequireUnchanged();
    }

    [Theory]
    [InlineData("longer")]
    [InlineData("rewritten")]
    [InlineData("gone")]
    public void A_file_that_changed_since_it_was_hashed_is_named(string how)
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.txt", "abc");
        string path = folder.Write("b.txt", "abc");
        DateTime written = File.GetLastWriteTimeUtc(path);
        TextSource source = TextSource.Open(folder.Path, "text", 2, CancellationToken.None);
        if (how == "longer")
        {
            File.AppendAllText(path, "d");
            File.SetLastWriteTimeUtc(path, written);
        }
        else if (how == "rewritten")
        {
            File.SetLastWriteTimeUtc(path, written.AddSeconds(1));
        }
        else
        {
            File.Delete(path);
        }

        var e = Assert.Throws<InputException>(source.RequireUnchanged);
        Assert.Equal($"{path} changed while it was being read: build the dataset again", e.Message);
    }

    [Fact]
    public void What_is_not_there_is_named_with_what_is_taken() => Refuses(
        "/no/such.txt",
        "source: '/no/such.txt' is not there; it takes dotnet-docs, a file (.txt, .md or .jsonl, each also with .gz after it) or a folder of such files");

    [Theory]
    [InlineData("a.csv", ".csv")]
    [InlineData("a.csv.gz", ".csv.gz")]
    [InlineData("a.gz", ".gz")]
    [InlineData("jsonl", "")]
    public void A_file_of_another_kind_is_refused(string name, string extension)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(name, "x");
        Refuses(path, $"source: '{path}' has the extension '{extension}', it takes .txt, .md or .jsonl, each also with .gz after it");
    }

    [Fact]
    public void A_folder_without_text_files_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.csv", "x");
        Refuses(folder.Path, $"source: the folder '{folder.Path}' has no file of text (.txt, .md or .jsonl, each also with .gz after it), nor have the folders in it");
    }

    private static void Refuses(string source, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => TextSource.Open(source, "text", 2, CancellationToken.None)).Message);

    private static string[] Texts(TextSource source) =>
        [.. source.Documents(CancellationToken.None).Select(document => Encoding.UTF8.GetString(document.Utf8.Span))];
}
