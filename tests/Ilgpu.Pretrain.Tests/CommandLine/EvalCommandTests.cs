using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The verb 'eval' as a user runs it.</summary>
public sealed class EvalCommandTests
{
    private const string Pairs =
        """
        {"sentence_good":"the kernel adds a row","sentence_bad":"the kernel adds row a","UID":"order","linguistics_term":"syntax_of_rows"}
        {"sentence_good":"each tile waits","sentence_bad":"tile each waits","UID":"order","linguistics_term":"syntax_of_rows"}
        {"sentence_good":"its group waits for a tile","sentence_bad":"its group waits for for tile","UID":"repeat","linguistics_term":"repetition"}
        """;

    [Fact]
    public void A_run_an_ensemble_and_a_checkpoint_are_measured_and_asked()
    {
        using var corpus = new TextCorpus();
        using JsonDocument ensemble = Json(["ensemble", .. corpus.Train()[1..], "--members", "2", "--json"]);
        string folder = ensemble.RootElement.GetProperty("folder").GetString()!;
        JsonElement[] members = [.. ensemble.RootElement.GetProperty("members").EnumerateArray()];
        string run = members[0].GetProperty("folder").GetString()!;

        using JsonDocument own = Json(Eval(Path.GetFileName(run), "--out", corpus.Runs));
        Assert.Equal(RunFolder.ReadResult(run)!.ValLoss, own.RootElement.GetProperty("loss").GetDouble());
        Assert.Equal(499, own.RootElement.GetProperty("tokens").GetInt64());
        Assert.True(own.RootElement.GetProperty("stderr").GetDouble() > 0);

        using JsonDocument all = Json(Eval(Path.Combine(folder, "ensemble.json"), "--average", "probabilities"));
        JsonElement last = ensemble.RootElement.GetProperty("by_size")[1];
        Assert.Equal(last.GetProperty("probabilities").GetProperty("val_loss").GetDouble(), all.RootElement.GetProperty("loss").GetDouble());
        Assert.Equal(last.GetProperty("logits").GetProperty("val_loss").GetDouble(), all.RootElement.GetProperty("by_size")[1].GetProperty("logits").GetProperty("loss").GetDouble());

        string rows = corpus.Write("pairs.jsonl", System.Text.Encoding.UTF8.GetBytes(Pairs));
        string examples = Path.Combine(corpus.Folder, "examples.jsonl");
        string[] blimp = [folder, "--task", "blimp", "--data", rows];
        using JsonDocument large = Json(Eval([.. blimp, "--examples", examples]));
        using JsonDocument small = Json(Eval([.. blimp, "--batch-tokens", "1"]));
        Assert.Equal(3, large.RootElement.GetProperty("n").GetInt32());
        Assert.Equal(2, large.RootElement.GetProperty("by").GetProperty("paradigm").GetProperty("order").GetProperty("n").GetInt32());
        foreach (string field in new[] { "accuracy", "stderr", "by", "by_size", "ties" })
            Assert.Equal(large.RootElement.GetProperty(field).GetRawText(), small.RootElement.GetProperty(field).GetRawText());
        Assert.Equal(3, File.ReadLines(examples).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("log_likelihoods").GetArrayLength()).Count(count => count == 2));

        string checkpoint = Directory.GetDirectories(Path.Combine(run, "checkpoints")).Order(StringComparer.Ordinal).Last();
        using JsonDocument ofCheckpoint = Json(Eval(checkpoint, "--task", "blimp", "--data", rows));
        Assert.Equal(large.RootElement.GetProperty("by_size")[0].GetProperty("alone").GetProperty("accuracy").GetRawText(), ofCheckpoint.RootElement.GetProperty("accuracy").GetRawText());

        string published = corpus.Write("models_summary.jsonl", """{"UID":"repeat","linguistics_term":"repetition","ngram":0.25,"gpt2":0.75}"""u8);
        PretrainProcess.Ended table = PretrainProcess.Run("eval", run, "--task", "blimp", "--data", rows, "--device", "cpu");
        Assert.True(table.ExitCode == 0, table.Errors);
        Assert.Contains("0.2500  0.7500", table.Output, StringComparison.Ordinal);
        Assert.Contains(published, table.Output, StringComparison.Ordinal);
        Assert.Contains("counted as wrong", table.Output, StringComparison.Ordinal);
        Assert.Contains("stands behind <|endoftext|>", table.Output, StringComparison.Ordinal);

        string questions = corpus.Write("questions.jsonl", """
            {"question":"1 + 1?","answer":"#### 2"}
            {"question":"1 + 2?","answer":"#### 3"}
            """u8);
        using JsonDocument answers = Json(Eval(run, "--task", "gsm8k", "--data", questions, "--shots", "1", "--max-tokens", "8"));
        Assert.Equal(1, answers.RootElement.GetProperty("n").GetInt32());
        Assert.Equal(0, answers.RootElement.GetProperty("accuracy").GetDouble());
        using JsonDocument together = Json(Eval(folder, "--task", "gsm8k", "--data", questions, "--max-tokens", "8"));
        Assert.Equal(2, together.RootElement.GetProperty("by_size").GetArrayLength());
        Assert.Equal(2, together.RootElement.GetProperty("by_size")[1].GetProperty("logits").GetProperty("n").GetInt32());

        PretrainProcess.Ended text = PretrainProcess.Run("eval", run, "--text", Path.Combine(corpus.Source, "00.txt"), "--stride", "8", "--examples", examples, "--device", "cpu");
        Assert.True(text.ExitCode == 0, text.Errors);
        Assert.Contains("8 apart", text.Output, StringComparison.Ordinal);
        Assert.Contains("\"first_token\":33,\"tokens\":8,", File.ReadLines(examples).ElementAt(1), StringComparison.Ordinal);

        using var others = new TextCorpus();
        Assert.Equal(0, PretrainProcess.Run("data", "--source", others.Source, "--tokenizer", "bpe:300", "--out", Path.Combine(others.Folder, "data")).ExitCode);
        PretrainProcess.Ended wrong = PretrainProcess.Run("eval", run, "--dataset", Path.Combine(others.Folder, "data"), "--device", "cpu");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("of another tokenizer", wrong.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_format_of_hugging_face_is_asked_as_its_run_is()
    {
        using var corpus = new TextCorpus();
        string run = Path.Combine(corpus.Folder, "run");
        string[] train = ["train", "--data", corpus.Source, "--tokenizer", "bpe:300", "--model", "mini-xxs", "--length", "32", "--batch", "2", "--lr", "1e-2"];
        PretrainProcess.Ended trained = PretrainProcess.Run([.. train, "--run", run, "--out", corpus.Runs, "--device", "cpu"]);
        Assert.True(trained.ExitCode == 0, trained.Errors);
        (_, int? separator) = RunFolder.ReadTokenizer(run);
        TrainingConfig config = RunFolder.ReadConfig(run);
        string folder = Path.Combine(corpus.Folder, "exported");
        Directory.CreateDirectory(folder);
        File.Copy(RunFolder.FindCheckpoint(run, config)!.ModelPath, Path.Combine(folder, "model.safetensors"));
        File.Copy(Path.Combine(run, "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "llama",
            hidden_size = config.Model.Hidden,
            intermediate_size = config.Model.Mlp,
            num_hidden_layers = config.Model.Layers,
            num_attention_heads = config.Model.Heads,
            num_key_value_heads = config.Model.KeyValueHeads,
            vocab_size = config.Model.Vocabulary,
            max_position_embeddings = config.Length,
            rms_norm_eps = config.Model.NormEpsilon,
            rope_theta = config.Model.RopeTheta,
            tie_word_embeddings = config.Model.TiedEmbeddings,
            bos_token_id = separator,
        }));
        string rows = corpus.Write("pairs.jsonl", System.Text.Encoding.UTF8.GetBytes(Pairs));
        string[] examples = [.. new[] { run, folder }.Select((from, i) =>
        {
            string lines = Path.Combine(corpus.Folder, $"examples-{i}.jsonl");
            using JsonDocument json = Json(Eval(from, "--task", "blimp", "--data", rows, "--examples", lines));
            Assert.Equal(32, json.RootElement.GetProperty("window").GetInt32());
            return File.ReadAllText(lines);
        })];
        Assert.Equal(examples[0], examples[1]);
        PretrainProcess.Ended ended = PretrainProcess.Run("eval", folder, "--device", "cpu");
        Assert.Contains("give --dataset, --text or --task", ended.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no/such/run", "'no/such/run' is not a run folder")]
    [InlineData("x --task mmlu", "--task was given 'mmlu'; it takes one of multiple-choice, piqa")]
    [InlineData("x --data rows.jsonl", "--data goes with --task")]
    [InlineData("x --task blimp --dataset y", "--dataset and --task were given")]
    [InlineData("x --task blimp --data y --stride 4", "--stride goes with a loss on text")]
    [InlineData("x --limit 5", "--val-tokens")]
    [InlineData("x --examples no/such/folder/file", "--examples was given 'no/such/folder/file'")]
    [InlineData("x --task blimp --data no/such/file", "'no/such/file' is not there")]
    public void A_wrong_argument_is_one_line(string arguments, string said)
    {
        PretrainProcess.Ended ended = PretrainProcess.Run(["eval", .. arguments.Split(' '), "--device", "cpu"]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(said, ended.ErrorLine, StringComparison.Ordinal);
    }

    private static string[] Eval(params string[] arguments) => ["eval", .. arguments, "--device", "cpu", "--json"];

    private static JsonDocument Json(string[] arguments)
    {
        PretrainProcess.Ended ended = PretrainProcess.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output);
    }
}
