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
        TextSource source = TextSource.Open(folder.Path, 2, CancellationToken.None);
        Assert.Equal(["B.TXT", "b.txt", "sub/a.md"], source.Files.Select(file => file.Name));
        Assert.Equal(["B", "b", "sub a"], Texts(source));
        Assert.All(source.Documents(CancellationToken.None), document => Assert.False(document.WithPrevious));
    }

    [Fact]
    public void A_byte_order_mark_is_not_text_and_everything_else_is()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.txt", "\uFEFF one\r\ntwo\uFEFF\n");
        Assert.Equal([" one\r\ntwo\uFEFF\n"], Texts(TextSource.Open(path, 1, CancellationToken.None)));
    }

    [Fact]
    public void The_hash_is_the_files()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.txt", "abc");
        var file = Assert.Single(TextSource.Open(path, 1, CancellationToken.None).Files);
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
        TextSource source = TextSource.Open(path, 1, CancellationToken.None);
        var e = Assert.Throws<InputException>(() => source.Documents(CancellationToken.None).ToArray());
        Assert.Equal($"{path} is not UTF-8: the byte at position {position} (counted from 0) begins no valid character", e.Message);
    }

    [Fact]
    public void What_is_not_there_is_named_with_what_is_taken() => Refuses(
        "/no/such.txt",
        "source: '/no/such.txt' is not there; it takes dotnet-docs, a file (.txt or .md) or a folder of such files");

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.csv", "x");
        Refuses(path, $"source: '{path}' has the extension '.csv', it takes .txt or .md");
    }

    [Fact]
    public void A_folder_without_text_files_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.csv", "x");
        Refuses(folder.Path, $"source: the folder '{folder.Path}' has no .txt or .md file, nor have the folders in it");
    }

    private static void Refuses(string source, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => TextSource.Open(source, 2, CancellationToken.None)).Message);

    private static string[] Texts(TextSource source) =>
        [.. source.Documents(CancellationToken.None).Select(document => Encoding.UTF8.GetString(document.Utf8.Span))];
}
