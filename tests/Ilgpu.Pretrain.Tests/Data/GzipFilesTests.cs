using System.Text;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

public sealed class GzipFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5_000_000)]
    public void What_was_compressed_comes_back(int bytes)
    {
        byte[] text = RandomText(bytes);
        Assert.Equal(text, Text(Gzip.Compress(text)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(50)]
    public void Several_members_are_read_one_after_another(int members)
    {
        byte[][] texts = [.. Enumerable.Range(0, members).Select(i => RandomText(i * 100))];
        Assert.Equal(texts.SelectMany(text => text), Text([.. texts.SelectMany(Gzip.Compress)]));
    }

    [Fact]
    public void A_member_may_end_where_a_read_does()
    {
        // Stored bytes make files of any length, so the first member's end passes over every place near a buffer's.
        for (int bytes = 8192 - 64; bytes <= 8192 + 8; bytes++)
        {
            byte[] first = RandomText(bytes);
            byte[] stored = Stored(first);
            Assert.Equal(first, Text(stored));
            Assert.Equal([.. first, .. "second"u8], Text([.. stored, .. Gzip.Compress("second")]));
        }
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_damaged()
    {
        byte[] one = Gzip.Compress(RandomText(300));
        byte[] two = [.. one, .. Gzip.Compress("second")];
        for (int length = 2; length < two.Length; length++)
        {
            if (length == one.Length)
                continue;
            Assert.Contains(" is damaged: ", Error(two[..length]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_cut_short_says_so()
    {
        byte[] compressed = Gzip.Compress(RandomText(100_000));
        string expected = $"{folder["a.txt.gz"]} is damaged: its gzip data was cut short, or something else follows it";
        Assert.Equal(expected, Error(compressed[..^1]));
        Assert.Equal(expected, Error([.. compressed, 1, 2, 3]));
    }

    [Fact]
    public void A_changed_byte_is_damage()
    {
        byte[] compressed = Gzip.Compress(RandomText(300));
        const int header = 10;
        for (int i = header; i < compressed.Length; i++)
        {
            byte[] changed = [.. compressed];
            changed[i] ^= 0x10;
            Assert.Contains(" is damaged: ", Error(changed), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"text\": \"plain\"}\n")]
    public void A_file_that_is_not_gzip_is_said_so(string content) => Assert.Equal(
        $"{folder["a.txt.gz"]} is not gzip: it does not begin with the bytes 1F 8B",
        Error(Encoding.UTF8.GetBytes(content)));

    private byte[] Text(byte[] compressed)
    {
        string path = folder.Write("a.txt.gz", compressed);
        return [.. TextSource.Open(path, "text", 1, CancellationToken.None)
            .Documents(CancellationToken.None)
            .SelectMany(document => document.Utf8.ToArray())];
    }

    private string Error(byte[] compressed) => Assert.Throws<InputException>(() => Text(compressed)).Message;

    private static byte[] RandomText(int bytes)
    {
        var random = new Random(bytes);
        return [.. Enumerable.Range(0, bytes).Select(_ => (byte)random.Next('a', 'z'))];
    }

    /// <summary>One member with a single block of bytes as they are (RFC 1951, 3.2.4).</summary>
    private static byte[] Stored(byte[] bytes)
    {
        byte[] trailer = Gzip.Compress(bytes)[^8..];
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3,
            1, (byte)bytes.Length, (byte)(bytes.Length >> 8), (byte)~bytes.Length, (byte)(~bytes.Length >> 8), .. bytes, .. trailer];
    }
}
