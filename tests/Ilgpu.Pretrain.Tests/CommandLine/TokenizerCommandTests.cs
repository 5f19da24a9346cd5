using System.Text.Json;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tests.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Tokenizers trained, shown, converted and used by the program.</summary>
public sealed class TokenizerCommandTests : IDisposable
{
    private const string Text = "the kernel, naïvely: 12345 模型 🙂\n\twaits";

    private readonly DatasetWorkshop workshop = new();

    private string Trained => workshop.Folder["trained"];

    public void Dispose() => workshop.Dispose();

    [Fact]
    public void A_run_generates_when_its_tokenizer_and_dataset_are_gone()
    {
        workshop.WriteCorpus(60);
        Succeed("tokenizer", "--source", workshop.Corpus, "--vocabulary", "300", "--out", Trained);
        Assert.Equal(["tokenizer.json"], Directory.GetFiles(Trained).Select(Path.GetFileName));
        Succeed("data", "--source", workshop.Corpus, "--tokenizer", Trained, "--out", workshop.Target);
        string run = workshop.Folder["runs", "run"];
        Succeed(
            "train", "--data", workshop.Target, "--model", "mini-xxs", "--length", "16", "--batch", "2", "--steps", "4", "--device", "cpu",
            "--out", workshop.Folder["runs"], "--run", run);
        string[] generate = ["generate", run, "--prompt", "the kernel", "--tokens", "8", "--device", "cpu"];
        string before = Succeed(generate).Output;
        Directory.Delete(Trained, recursive: true);
        Directory.Delete(workshop.Sets, recursive: true);
        Directory.Delete(workshop.Corpus, recursive: true);
        Assert.StartsWith("the kernel", before, StringComparison.Ordinal);
        Assert.Equal(before, Succeed(generate).Output);
    }

    [Fact]
    public void Training_reports_compression_and_an_example()
    {
        string[] texts = workshop.WriteCorpus(60);
        Outcome ended = Succeed(
            "tokenizer", "--source", workshop.Corpus, "--vocabulary", "300", "--pre-tokenizer", "llama3", "--special", "<|a|>,<|b|>", "--threads", "1",
            "--text", Text, "--out", Path.Combine(Trained, "mine.json"), "--json");
        using JsonDocument json = JsonDocument.Parse(ended.Output);
        var tokenizer = Tokenizer.Load(Path.Combine(Trained, "mine.json"));
        Assert.Equal(tokenizer.Fingerprint, json.RootElement.GetProperty("fingerprint").GetString());
        Assert.Equal(["<|a|>", "<|b|>"], tokenizer.AddedTokens.Select(token => token.Content));
        JsonElement compression = json.RootElement.GetProperty("compression");
        Assert.Equal(texts.Sum(System.Text.Encoding.UTF8.GetByteCount), compression.GetProperty("bytes").GetInt64());
        Assert.Equal(texts.Sum(text => tokenizer.Encode(text).Length), compression.GetProperty("tokens").GetInt64());
        Assert.Equal(tokenizer.Encode(Text), Ids(json));
        Assert.StartsWith("Learning 300 tokens from ", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_is_shown_as_its_tokens()
    {
        Outcome ended = Succeed("tokenizer", "bytes", "--text", "a\té\n");
        string[] lines = ended.Output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal("Example, 5 tokens:", lines[^3]);
        Assert.Equal("  a|⇥|\uFFFD|\uFFFD|⏎", lines[^2]);
        Assert.Equal("  97 9 195 169 10", lines[^1]);
        Assert.DoesNotContain(ended.Output.ReplaceLineEndings(""), char.IsControl);
    }

    [Fact]
    public void A_tokenizer_of_characters_is_shown_with_its_compression_and_without_an_example_that_it_cannot_write()
    {
        workshop.WriteCorpus(10);
        workshop.Build(workshop.Options with { Tokenizer = "characters" }).Dispose();
        string shown = Succeed("tokenizer", workshop.Target, "--source", workshop.Corpus).Output;
        Assert.StartsWith("a token a character, ", shown, StringComparison.Ordinal);
        Assert.Contains(" bytes a token ", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("Example", shown, StringComparison.Ordinal);
        Assert.Contains("Example, 3 tokens", Succeed("tokenizer", workshop.Target, "--text", "the").Output, StringComparison.Ordinal);
        Outcome refused = PretrainCall.Run("tokenizer", workshop.Target, "--text", "Ж");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("the character U+0416 'Ж' is none of", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_with_merges_becomes_a_tokenizer_json_of_the_same_ids()
    {
        workshop.WriteCorpus(60);
        DatasetWorkshop.Train(new TokenizerTrainingOptions { Source = workshop.Corpus, Vocabulary = 330 }).SaveTo(Path.Combine(Trained, "tokenizer.json"));
        using (JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Trained, "tokenizer.json"))))
        {
            JsonElement model = json.RootElement.GetProperty("model");
            workshop.Folder.Write("pair/vocab.json", model.GetProperty("vocab").GetRawText());
            IEnumerable<string> merges = model.GetProperty("merges").EnumerateArray()
                .Select(merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : string.Join(' ', merge.EnumerateArray().Select(token => token.GetString())));
            workshop.Folder.Write("pair/merges.txt", "#version: 0.2\n" + string.Join('\n', merges) + "\n");
        }

        string converted = workshop.Folder["converted"];
        using JsonDocument pair = Json("tokenizer", workshop.Folder["pair", "vocab.json"], "--out", converted, "--text", Text, "--json");
        using JsonDocument one = Json("tokenizer", converted, "--text", Text, "--json");
        using JsonDocument original = Json("tokenizer", Trained, "--text", Text, "--json");
        Assert.NotEmpty(Ids(one));
        Assert.Equal(Ids(original), Ids(one));
        Assert.Equal(Ids(pair), Ids(one));
        Assert.Equal(original.RootElement.GetProperty("fingerprint").GetString(), one.RootElement.GetProperty("fingerprint").GetString());
    }

    private static int[] Ids(JsonDocument json) => [.. json.RootElement.GetProperty("example").GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private static JsonDocument Json(params string[] arguments) => JsonDocument.Parse(Succeed(arguments).Output);

    private static Outcome Succeed(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }
}
