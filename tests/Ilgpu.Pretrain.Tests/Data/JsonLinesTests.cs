using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Rows of JSON.</summary>
public sealed class JsonLinesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("{\"text\": \"one\"}\n{\"text\": \"two\"}\n", "one|two")]
    [InlineData("{\"text\": \"one\"}\r\n\r\n{\"text\": \"two\"}\r\n", "one|two")]
    [InlineData("\n \t\n{\"text\": \"one\"}\n\n\n{\"text\": \"two\"}", "one|two")]
    [InlineData("\uFEFF{\"text\": \"one\"}", "one")]
    [InlineData("\uFEFF", "")]
    [InlineData("", "")]
    [InlineData("\n\r\n", "")]
    [InlineData("  {\"id\": 1, \"text\": \"one\", \"more\": {\"text\": [\"no\", {\"text\": 2}]}} \t", "one")]
    [InlineData("{\"text\": \"\"}\n{\"text\": \" \"}", "| ")]
    [InlineData("{\"text\": 1, \"text\": \"first\", \"text\": \"last\"}", "last")]
    [InlineData("{\"t\\u0065xt\": \"escaped name\"}", "escaped name")]
    [InlineData("{\"Text\": \"no\", \"text\": \"yes\"}", "yes")]
    [InlineData("{\"text\": \"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0041 \\u00e9 \\u6a21 \\ud83d\\ude42 \\u0000\"}", "\" \\ / \b \f \n \r \t A é 模 🙂 \0")]
    [InlineData("{\"text\": \"é 模 🙂 \uFEFF\"}", "é 模 🙂 \uFEFF")]
    public void Each_row_that_is_not_blank_is_a_document(string rows, string expected)
    {
        for (int blockBytes = 1; blockBytes < 40; blockBytes++)
            Assert.Equal(expected, string.Join('|', Texts(rows, blockBytes)));
    }

    [Fact]
    public void Random_rows_are_what_JsonDocument_says_they_are()
    {
        JavaScriptEncoder[] encoders = [JavaScriptEncoder.Default, JavaScriptEncoder.UnsafeRelaxedJsonEscaping];
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            string[] rows = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => RandomRow(random, random.GetItems(encoders, 1)[0]))];
            string lineEnd = random.Next(2) == 0 ? "\n" : "\r\n";
            string content = string.Join(lineEnd, rows) + (random.Next(2) == 0 ? lineEnd : "");
            string[] expected = [.. rows.Select(row =>
            {
                using var document = JsonDocument.Parse(row);
                return document.RootElement.GetProperty("text").GetString()!;
            })];
            int blockBytes = random.Next(1, 400);
            Assert.True(expected.SequenceEqual(Texts(content, blockBytes)), $"seed {seed}");
            Assert.True(expected.SequenceEqual(Texts(content, blockBytes, "rows.jsonl.gz")), $"seed {seed}, compressed");
        }
    }

    [Fact]
    public void A_document_is_named_by_its_line_and_stays_valid_when_the_next_one_is_read()
    {
        string path = folder.Write("rows.jsonl", "{\"text\": \"one\"}\n\n{\"text\": \"t\\u0077o\"}\r\n{\"text\": \"thr\\u0065e\"}");
        TextDocument[] documents = [.. Open(path, 8).Documents(CancellationToken.None)];
        Assert.Equal([$"{path}:1", $"{path}:3", $"{path}:4"], documents.Select(document => document.Name));
        Assert.Equal(["one", "two", "three"], documents.Select(document => Encoding.UTF8.GetString(document.Utf8.Span)));
        Assert.All(documents, document => Assert.False(document.Unfinished || document.WithPrevious));
    }

    [Fact]
    public void A_row_far_longer_than_a_block_is_read()
    {
        string text = string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $"{i}\n"));
        string rows = $"{{\"text\": \"before\"}}\n{{\"text\": {JsonSerializer.Serialize(text)}}}\n{{\"text\": \"after\"}}\n";
        Assert.Equal(["before", text, "after"], Texts(rows, 1000));
    }

    [Fact]
    public void Another_field_can_be_named()
    {
        string path = folder.Write("rows.jsonl", "{\"text\": 1, \"größe\": \"one\"}");
        TextSource source = TextSource.Open(path, "größe", 1, CancellationToken.None);
        Assert.Equal("one", Encoding.UTF8.GetString(Assert.Single(source.Documents(CancellationToken.None)).Utf8.Span));
    }

    [Fact]
    public void Depth_of_what_is_ignored_is_not_bounded() => Assert.Equal(
        ["one"],
        Texts($"{{\"deep\": {new string('[', 5000)}{new string(']', 5000)}, \"text\": \"one\"}}", 100));

    [Fact]
    public void A_row_of_the_most_bytes_is_read_and_a_longer_one_is_an_error()
    {
        string path = folder.Write("rows.jsonl", "{\"text\": \"one\"}\n{\"text\": \"three\"}\n");
        foreach (int blockBytes in new[] { 1, 5, 16, 17, 18, 100 })
        {
            var limits = new ReadLimits { BlockBytes = blockBytes, MaximumRowBytes = 17 };
            Assert.Equal(2, TextFiles.OfFile(path, "text", CancellationToken.None, limits).Documents(CancellationToken.None).Count());
            TextFiles source = TextFiles.OfFile(path, "text", CancellationToken.None, limits with { MaximumRowBytes = 16 });
            var e = Assert.Throws<InputException>(() => source.Documents(CancellationToken.None).Count());
            Assert.Equal($"{path}:2 has more than 16 bytes, which is the most that a row takes", e.Message);
        }
    }

    [Theory]
    [InlineData("[1]", "is an array, a row takes an object")]
    [InlineData("\"text\"", "is a string, a row takes an object")]
    [InlineData("null", "is null, a row takes an object")]
    [InlineData("-1", "is a number, a row takes an object")]
    [InlineData("false", "is true or false, a row takes an object")]
    [InlineData("{\"id\": 1, \"body\": {\"text\": \"x\"}}", "has no field 'text'; it has: id, body (name one with --field)")]
    [InlineData("{}", "has no field 'text'; it has: none (name one with --field)")]
    [InlineData("{\"text\": null}", "has null in the field 'text', which takes a string")]
    [InlineData("{\"text\": {\"a\": 1}}", "has an object in the field 'text', which takes a string")]
    [InlineData("{\"text\": \"x\", \"text\": 12}", "has a number in the field 'text', which takes a string")]
    [InlineData("{\"text\": \"\\ud800\"}", "has half of a surrogate pair alone in the field 'text', an escape such as \\ud800 that stands for no character")]
    [InlineData("{\"text\": \"\\ude42\\ud83d\"}", "has half of a surrogate pair alone in the field 'text', an escape such as \\ud800 that stands for no character")]
    [InlineData("{\"text\": \"x\"", "is not JSON: at position 12 of the line (counted from 0), ")]
    [InlineData("{\"text\": \"x", "is not JSON: at position 11 of the line (counted from 0), ")]
    [InlineData("{\"text\": \"x\"} {}", "is not JSON: at position 14 of the line (counted from 0), ")]
    [InlineData("{\"text\": \"x\",}", "is not JSON: at position 13 of the line (counted from 0), ")]
    [InlineData("{\"text\": \"a\tb\"}", "is not JSON: at position 11 of the line (counted from 0), ")]
    [InlineData("{\"text\": \"\\x\"}", "is not JSON: at position 11 of the line (counted from 0), ")]
    [InlineData("plain text", "is not JSON: at position 0 of the line (counted from 0), 'p' is an invalid start of a value.")]
    [InlineData("{'text': 'x'}", "is not JSON: at position 1 of the line (counted from 0), ")]
    public void What_is_wrong_with_a_row_is_said_with_its_line(string row, string expected)
    {
        string path = folder.Write("rows.jsonl", $"{{\"text\": \"right\"}}\n\n{row}\n{{\"text\": \"right\"}}\n");
        var e = Assert.Throws<InputException>(() => Open(path, 10).Documents(CancellationToken.None).ToArray());
        Assert.StartsWith($"{path}:3 {expected}", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain("LineNumber", e.Message, StringComparison.Ordinal);
        if (!expected.StartsWith("is not JSON", StringComparison.Ordinal))
            Assert.Equal($"{path}:3 {expected}", e.Message);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_what_is_ignored_is_ignored() => Assert.Equal(
        ["x"],
        Texts("{\"\\ud800\": \"\\udc00\", \"text\": \"x\"}", 10));

    [Fact]
    public void Of_very_many_fields_the_first_are_listed()
    {
        string path = folder.Write("rows.jsonl", JsonSerializer.Serialize(Enumerable.Range(0, 1000).ToDictionary(i => $"f{i}", i => i)));
        var e = Assert.Throws<InputException>(() => Open(path, 10).Documents(CancellationToken.None).ToArray());
        Assert.EndsWith("f18, f19 and 980 more (name one with --field)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"text\": \"aé", "\"}", 13)]
    [InlineData("{\"text\": \"a\", \"other\": \"", "\"}", 24)]
    public void Bytes_that_are_not_utf8_are_named_by_line_and_position(string before, string after, int position)
    {
        string path = folder.Write("rows.jsonl", [.. "{\"text\": \"right\"}\r\n"u8, .. Encoding.UTF8.GetBytes(before), 0xC3, .. Encoding.UTF8.GetBytes(after)]);
        var e = Assert.Throws<InputException>(() => Open(path, 10).Documents(CancellationToken.None).ToArray());
        Assert.Equal($"{path}:2 is not UTF-8: the byte at position {position} of the line (counted from 0) begins no valid character", e.Message);
    }

    [Fact]
    public void Reading_can_be_cancelled_between_blocks()
    {
        string path = folder.Write("rows.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\"}");
        using var cancellation = new CancellationTokenSource();
        using IEnumerator<TextDocument> documents = Open(path, 20).Documents(cancellation.Token).GetEnumerator();
        Assert.True(documents.MoveNext());
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => documents.MoveNext());
    }

    [Fact]
    public void A_shared_corpus_of_rows_is_what_JsonDocument_says_it_is()
    {
        string path = SharedData.Require("corpora", "math", "gsm8k_train.jsonl");
        foreach (string field in new[] { "question", "answer" })
        {
            string[] expected = [.. File.ReadLines(path).Select(row =>
            {
                using var document = JsonDocument.Parse(row);
                return document.RootElement.GetProperty(field).GetString()!;
            })];
            TextSource source = TextSource.Open(path, field, 1, CancellationToken.None);
            Assert.Equal(expected, source.Documents(CancellationToken.None).Select(document => Encoding.UTF8.GetString(document.Utf8.Span)));
        }

        TextSource without = TextSource.Open(path, "text", 1, CancellationToken.None);
        var e = Assert.Throws<InputException>(() => without.Documents(CancellationToken.None).ToArray());
        Assert.Equal($"{path}:1 has no field 'text'; it has: question, answer (name one with --field)", e.Message);
    }

    /// <summary>An object of fields of all kinds in any order, one of them the text, sometimes twice.</summary>
    private static string RandomRow(Random random, JavaScriptEncoder encoder)
    {
        var options = new JsonSerializerOptions { Encoder = encoder };
        string space = random.Next(2) == 0 ? " " : "";
        List<string> fields = [Field("text", RandomText.Make(random, random.Next(60)))];
        while (random.Next(3) > 0)
        {
            string name = RandomText.Make(random, random.Next(3));
            fields.Insert(random.Next(fields.Count + 1), random.Next(5) switch
            {
                0 => Field(name, random.NextDouble()),
                1 => Field(name, new object?[] { "text", null, true, new { text = "inner" } }),
                2 => Field("text", RandomText.Make(random, 3)),
                3 => Field(name, new { text = RandomText.Make(random, 3), id = -1 }),
                _ => Field(name, RandomText.Make(random, 20)),
            });
        }

        return $"{space}{{{space}{string.Join($"{space},{space}", fields)}{space}}}";

        string Field(string name, object value) => $"{JsonSerializer.Serialize(name, options)}:{space}{JsonSerializer.Serialize(value, options)}";
    }

    private static TextFiles Open(string path, int blockBytes) =>
        TextFiles.OfFile(path, "text", CancellationToken.None, new ReadLimits { BlockBytes = blockBytes });

    private string[] Texts(string rows, int blockBytes, string name = "rows.jsonl")
    {
        string path = folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip.Compress(rows) : Encoding.UTF8.GetBytes(rows));
        return [.. Open(path, blockBytes).Documents(CancellationToken.None).Select(document => Encoding.UTF8.GetString(document.Utf8.Span))];
    }
}
