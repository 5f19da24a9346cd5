using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Made-up rows: texts of a hundred bytes to some thousands, with some line ends, quotes and characters beyond ASCII.</summary>
internal static class JsonLinesContent
{
    public const string TextField = "text";

    /// <summary>Of the content.</summary>
    public const int Bytes = 1 << 26;

    private const int WordsInRow = 800;
    private const int PlainWordsPerOther = 20;

    private static readonly string[] Words =
        ["the", "of", "and", "language", "model", "training", "it", "was", "next,", "a", "to", "from", "sentence", "is", "learned", "by"];

    private static readonly string[] Others = ["\"quoted\"", "end.\n", "next.\n\n", "naïve", "café", "größer", "模型", "🙂"];

    /// <summary>Blank lines at its end make it as long as it has to be.</summary>
    public static byte[] Make(bool escapesNonAscii)
    {
        var options = new JsonSerializerOptions { Encoder = escapesNonAscii ? JavaScriptEncoder.Default : JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        var random = new Random(1);
        var content = new byte[Bytes];
        int filled = 0;
        for (int id = 0; ; id++)
        {
            byte[] row = Row(id, random, options);
            if (filled + row.Length >= Bytes)
                break;
            row.CopyTo(content, filled);
            content[filled + row.Length] = (byte)'\n';
            filled += row.Length + 1;
        }

        content.AsSpan(filled).Fill((byte)'\n');
        return content;
    }

    public static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            gzip.Write(content);
        return compressed.ToArray();
    }

    private static byte[] Row(int id, Random random, JsonSerializerOptions options)
    {
        var text = new StringBuilder();
        for (int words = random.Next(20, WordsInRow); words > 0; words--)
        {
            string[] list = random.Next(PlainWordsPerOther) == 0 ? Others : Words;
            text.Append(list[random.Next(list.Length)]).Append(' ');
        }

        return JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, object> { ["id"] = id, [TextField] = text.ToString(), ["source"] = "https://example.org/some/page" },
            options);
    }
}
