using System.Text.Json;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tests.Data;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Datasets made and shown by the program.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    private string Out => workshop.Target;

    public void Dispose() => workshop.Dispose();

    [Fact]
    public void Every_option_decides_what_it_says()
    {
        string[] texts = DatasetWorkshop.Texts(40, 21);
        string rows = string.Concat(texts.Append(texts[3]).Select(text => $$"""{"body": {{DatasetSourcesTests.Quoted(text)}}}""" + "\n"));
        string source = workshop.Folder.Write("rows.jsonl", rows);
        using JsonDocument json = Json(
            "data", "--source", source, "--field", "body", "--tokenizer", "bpe:300", "--pre-tokenizer", "llama3", "--separator", "<|end|>",
            "--validation-share", "0.2", "--split-seed", "3", "--tokens", "500", "--deduplicate", "--threads", "1", "--out", Out, "--json");
        Assert.Equal(Out, json.RootElement.GetProperty("folder").GetString());
        JsonElement manifest = json.RootElement.GetProperty("manifest");
        Assert.Equal(500, manifest.GetProperty("train").GetProperty("tokens").GetInt64());

        using TokenDataset dataset = TokenDataset.Open(Out, verify: true);
        Assert.Equal(dataset.Hash, manifest.GetProperty("hash").GetString());
        Assert.Equal("bpe:300 Llama3", dataset.Manifest.Tokenizer.FittedAs);
        Assert.Equal(new DatasetSeparator("<|end|>", 0), dataset.Manifest.Separator);
        Assert.Equal(new DatasetSplit(3, .2, SplitUnit.Document), dataset.Manifest.Split);
        Assert.Equal(("body", true, 1, 500), (dataset.Manifest.TextField, dataset.Manifest.Deduplicated, dataset.Manifest.DuplicateDocuments, dataset.Manifest.TokensAsked));
        Assert.All(DatasetWorkshop.Documents(dataset, dataset.Validation), document => Assert.Contains(document, texts));
    }

    [Fact]
    public void Files_for_validation_are_held_out()
    {
        string[] texts = workshop.WriteCorpus(10);
        string held = workshop.Folder.Write("held.md", "# Held out\n");
        Outcome ended = Succeed("data", "--source", workshop.Corpus, "--validation", held, "--tokenizer", "characters", "--separator", "none", "--out", Out);
        Assert.Contains($"  validation  {held} (1 file, 11 B)", ended.Output, StringComparison.Ordinal);
        Assert.Contains("  split       given by files, seed 0", ended.Output, StringComparison.Ordinal);
        using TokenDataset dataset = TokenDataset.Open(Out, verify: true);
        DatasetWorkshop.AssertHolds([.. texts, "# Held out\n"], dataset);
    }

    [Fact]
    public void Long_files_are_cut_into_documents_and_shown_so()
    {
        for (int book = 0; book < 3; book++)
            workshop.Folder.Write($"corpus/{book}.txt", string.Join("\n\n", DatasetWorkshop.Texts(40, book)));
        string[] data = ["data", "--source", workshop.Corpus, "--out", Out, "--document-bytes", "1KiB"];
        Outcome built = Succeed(data);
        Assert.Contains("  documents   of at most 1,024 bytes: longer texts were cut", Lines(built));
        Assert.Contains("  split       0.05 of the bytes, by documents, seed 0", Lines(built));
        Assert.Contains("  split       0.05 of the bytes, by whole files and rows, seed 0", Lines(Succeed([.. data, "--whole-files"])));
        Assert.Contains("  documents   of at most 1,024 bytes: longer texts were cut", Lines(Succeed("data", "--inspect", Out)));
        using JsonDocument json = Json("data", "--inspect", Out, "--json");
        Assert.Equal(1024, json.RootElement.GetProperty("manifest").GetProperty("document_bytes").GetInt32());
    }

    [Theory]
    [InlineData("--document-bytes was given '0'; it takes a number of bytes from 4 to 16MiB, as in 16KB.", "--document-bytes", "0")]
    [InlineData("--document-bytes was given '-16'; it takes", "--document-bytes=-16")]
    [InlineData("--document-bytes was given '17MiB'; it takes", "--document-bytes", "17MiB")]
    [InlineData("--document-bytes was given 'page'; it takes", "--document-bytes", "page")]
    [InlineData("--whole-files goes with --document-bytes", "--whole-files")]
    public void A_length_of_documents_that_cannot_be_is_one_line(string message, params string[] arguments)
    {
        workshop.WriteCorpus(3);
        string[] train = ["train", "--data", workshop.Corpus, "--model", "mini-xxs", "--out", workshop.Folder["runs"]];
        foreach (string[] verb in new[] { ["data", "--source", workshop.Corpus, "--out", Out], train })
        {
            Outcome ended = PretrainCall.Run([.. verb, .. arguments]);
            Assert.Equal(2, ended.ExitCode);
            Assert.Contains(message, ended.ErrorLine, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Verbs_that_train_cut_their_source_and_no_dataset()
    {
        string source = workshop.Folder.Write("book.txt", string.Join("\n\n", DatasetWorkshop.Texts(40, 1)));
        string[] train = ["train", "--model", "mini-xxs", "--tokens", "600", "--val-tokens", "100", "--length", "16", "--out", workshop.Folder["runs"], "--document-bytes", "300"];
        Outcome trained = Succeed([.. train, "--data", source]);
        Assert.Contains("  documents   of at most 300 bytes: longer texts were cut", Lines(trained));
        string folder = Assert.Single(Directory.GetDirectories(workshop.Folder["runs", "data"]));
        using TokenDataset dataset = TokenDataset.Open(folder, verify: true);
        Assert.InRange(dataset.Manifest.Train.Documents, 10, 40);
        Outcome again = PretrainCall.Run([.. train, "--data", folder]);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("--document-bytes was given '300'", again.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_are_plain_lines_when_they_are_redirected()
    {
        workshop.WriteCorpus(10);
        string[] data = ["data", "--source", workshop.Corpus, "--tokenizer", "bpe:300", "--out", Out];
        Outcome built = Succeed(data);
        Outcome found = Succeed(data);
        Outcome shown = Succeed("data", "--inspect", Out, "--samples", "1");
        foreach (Outcome ended in new[] { built, found, shown })
        {
            Assert.Empty(ended.Errors);
            Assert.DoesNotContain(ended.Output.ReplaceLineEndings(""), char.IsControl);
        }

        Assert.Equal($"Dataset: {workshop.Corpus}, tokenizer bpe:300", Lines(built)[0]);
        // On a machine that is busy for seconds there are lines of progress too.
        const string Progress = "^  (hashing sources|splitting|counting pieces|learning merges|encoding|writing)($|  )";
        Assert.All(Lines(built)[1..], line => Assert.Matches($"^  [a-z ]{{10}}  [^ ]|{Progress}", line));
        Assert.Equal(Lines(built)[^7..], Lines(found)[^7..]);
        Assert.StartsWith("  folder ", Lines(built)[^7], StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_object_on_standard_output_and_words_go_to_standard_error()
    {
        workshop.WriteCorpus(10);
        Outcome ended = Succeed("data", "--source", workshop.Corpus, "--out", Out, "--json");
        using JsonDocument json = JsonDocument.Parse(ended.Output);
        Assert.Equal(["folder", "manifest"], json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.StartsWith($"Dataset: {workshop.Corpus}, tokenizer bytes", ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', ended.Errors);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_dataset_is_shown_with_samples_of_both_parts(int samples)
    {
        workshop.WriteCorpus(20);
        string[] train;
        string[] validation;
        using (TokenDataset dataset = workshop.Build(workshop.Options))
        {
            train = DatasetWorkshop.Documents(dataset, dataset.Train);
            validation = DatasetWorkshop.Documents(dataset, dataset.Validation);
        }

        using JsonDocument json = Json("data", "--inspect", Out, "--samples", $"{samples}", "--json");
        Assert.True(json.RootElement.GetProperty("verified").GetBoolean());
        JsonElement[] shown = [.. json.RootElement.GetProperty("samples").EnumerateArray()];
        string[] expected = [.. train.Take(samples), .. validation.Take(samples)];
        Assert.Equal(expected.Length, shown.Length);
        foreach ((string text, JsonElement sample) in expected.Zip(shown))
        {
            Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(text) + 1, sample.GetProperty("tokens").GetInt64());
            Assert.Equal(Math.Min(100, sample.GetProperty("tokens").GetInt64()), sample.GetProperty("ids").GetArrayLength());
            // A sample ends after 100 tokens, which may be within a character.
            Assert.StartsWith(sample.GetProperty("text").GetString()!.TrimEnd('\uFFFD'), text, StringComparison.Ordinal);
        }

        string words = Succeed("data", "--inspect", Out, "--samples", $"{samples}").Output;
        Assert.Equal(expected.Length, words.Split(" tokens:").Length - 1);
    }

    [Theory]
    [InlineData("tokens.bin")]
    [InlineData("documents.bin")]
    [InlineData("dataset.json")]
    [InlineData("tokenizer.json")]
    public void A_dataset_that_was_changed_is_neither_shown_nor_trained_on(string file)
    {
        workshop.WriteCorpus(20);
        workshop.Build(workshop.Options with { Tokenizer = "bpe:300" }).Dispose();
        string path = Path.Combine(Out, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^9] ^= 1;
        File.WriteAllBytes(path, bytes);
        foreach (string[] arguments in new[] { ["data", "--inspect", Out], new[] { "train", "--data", Out, "--model", "mini-xxs", "--out", workshop.Folder["runs"] } })
        {
            Outcome ended = PretrainCall.Run(arguments);
            Assert.Equal(2, ended.ExitCode);
            Assert.Empty(ended.Output);
            Assert.Contains(path, ended.ErrorLine, StringComparison.Ordinal);
        }
    }

    private static string[] Lines(Outcome ended) => ended.Output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static JsonDocument Json(params string[] arguments) => JsonDocument.Parse(Succeed(arguments).Output);

    private static Outcome Succeed(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }
}
