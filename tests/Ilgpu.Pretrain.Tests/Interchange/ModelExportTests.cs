using System.Text.Json;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>What was trained here, in Hugging Face's layout; read back, it is the same model.</summary>
public sealed class ModelExportTests : IDisposable
{
    private readonly TestRuns runs = new();

    [Fact]
    public void An_export_that_is_imported_gives_the_same_logits_to_the_bit()
    {
        TrainingOutcome run = runs.Run("run");
        float[] expected = Logits(run.Folder);
        Assert.Equal([runs.Path("export")], ModelExport.Write(run.Folder, runs.Path("export"), new ExportOptions(), cancellation: TestContext.Current.CancellationToken));
        var imported = ModelImport.FromHuggingFace(runs.Path("export"), null, runs.Path("import"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(expected, Logits(imported));
        Assert.Equal(runs.Config.Model with { Name = "import" }, imported.Config);
        Assert.Same(ByteTokenizer.Instance, imported.Tokenizer);
        Assert.Equal(256, imported.BeginningOfText);
        Assert.Equal([256], imported.EndsOfText);

        // In several files, and from the import, it is the same once more.
        ModelExport.Write(runs.Path("import"), runs.Path("sharded"), new ExportOptions(ShardBytes: 4000), cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(Directory.GetFiles(runs.Path("sharded"), "model-*.safetensors").Length, 3, 30);
        var sharded = ModelFolder.Open(runs.Path("sharded"));
        Assert.Equal(imported.Id, sharded.Id);
        Assert.Equal(expected, Logits(sharded));
    }

    [Theory]
    [InlineData(StoredType.Bf16, "bfloat16", 8)]
    [InlineData(StoredType.Fp16, "float16", 11)]
    public void Other_types_round_every_weight_once(StoredType type, string torch, int significandBits)
    {
        TrainingOutcome run = runs.Run("run");
        ModelExport.Write(run.Folder, runs.Path("export"), new ExportOptions(type), cancellation: TestContext.Current.CancellationToken);
        var exported = ModelFolder.Open(runs.Path("export"));
        Assert.Equal(torch, Json("export", "config.json").GetProperty("torch_dtype").GetString());
        using LlamaModel rounded = exported.Load(TestDevices.Cpu, new LlamaModelOptions(1, 1));
        using var exact = TrainedModel.Open(TestDevices.Cpu, run.Folder);
        foreach (NamedParameter parameter in rounded.Layout.Named)
        {
            float[] expected = parameter.In(exact.Model.Parameters).ToArray();
            float[] found = parameter.In(rounded.Parameters).ToArray();
            Assert.Equal(HuggingFaceFolders.Stored(expected, type), found.ToDoubles());
            // Half a unit in the last place of what is normal in fp16, too.
            Assert.All(expected.Zip(found).Where(pair => Math.Abs(pair.First) > 1e-4), pair => Assert.InRange(Math.Abs(pair.First - pair.Second) / Math.Abs(pair.First), 0, Math.ScaleB(1, -significandBits)));
        }

        // What was rounded once does not change any more.
        ModelExport.Write(runs.Path("export"), runs.Path("again"), new ExportOptions(type), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(Path.Combine(runs.Path("export"), "model.safetensors")), File.ReadAllBytes(Path.Combine(runs.Path("again"), "model.safetensors")));
    }

    [Fact]
    public void The_files_say_what_transformers_wants_to_know()
    {
        TrainingOutcome run = runs.Run("run");
        ModelExport.Write(run.Folder, runs.Path("export"), new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(
            ["README.md", "config.json", "generation_config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(runs.Path("export")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        JsonElement config = Json("export", "config.json");
        Assert.Equal("LlamaForCausalLM", config.GetProperty("architectures")[0].GetString());
        foreach ((string field, int value) in new[] { ("hidden_size", 16), ("intermediate_size", 24), ("num_hidden_layers", 2), ("num_attention_heads", 2), ("num_key_value_heads", 1), ("head_dim", 8), ("vocab_size", 257), ("max_position_embeddings", 16), ("bos_token_id", 256), ("eos_token_id", 256), ("rope_theta", 10000) })
            Assert.Equal(value, config.GetProperty(field).GetInt32());
        Assert.Equal(("llama", "silu", "float32", 1e-5), (config.GetProperty("model_type").GetString(), config.GetProperty("hidden_act").GetString(), config.GetProperty("torch_dtype").GetString(), config.GetProperty("rms_norm_eps").GetDouble()));
        Assert.False(config.GetProperty("tie_word_embeddings").GetBoolean());
        Assert.Equal(256, Json("export", "generation_config.json").GetProperty("eos_token_id").GetInt32());
        JsonElement tokenizer = Json("export", "tokenizer_config.json");
        Assert.Equal(("PreTrainedTokenizerFast", "<|endoftext|>", "<|endoftext|>", 16), (tokenizer.GetProperty("tokenizer_class").GetString(), tokenizer.GetProperty("bos_token").GetString(), tokenizer.GetProperty("eos_token").GetString(), tokenizer.GetProperty("model_max_length").GetInt32()));
        using var reader = new SafetensorsReader(Path.Combine(runs.Path("export"), "model.safetensors"));
        Assert.Equal("pt", reader.Metadata["format"]);

        string card = File.ReadAllText(Path.Combine(runs.Path("export"), "README.md"));
        RunResult result = RunFolder.ReadResult(run.Folder)!;
        string[] said = [runs.Config.Id, runs.Dataset.Hash, FormattableString.Invariant($"{result.ValLoss:0.0000}"), FormattableString.Invariant($"{result.TrainLoss:0.0000}"), "\"learning_rate\": 0.01", "a token a byte"];
        Assert.All(said, part => Assert.Contains(part, card, StringComparison.Ordinal));
        Assert.StartsWith("---\nlibrary_name: transformers\n", card, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unfinished_run_is_exported_from_its_newest_checkpoint_and_says_so()
    {
        TrainingOutcome stopped = runs.RunUntil(6, "run");
        ModelExport.Write(stopped.Folder, runs.Path("export"), new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("The run is not finished: these are the weights after step 6 of 16.", File.ReadAllText(Path.Combine(runs.Path("export"), "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_ensemble_exports_its_members_and_a_manifest()
    {
        string[] folders = [runs.Run("one").Folder, runs.Run("two", runs.Config.WithSeed(9)).Folder];
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open(folders);
        EnsembleScores scores = new EnsembleEvaluator(members, runs.Dataset, null, TestRuns.Device, new EnsembleEvaluationOptions()).Evaluate(TestContext.Current.CancellationToken);
        string ensemble = EnsembleFolder.Write(runs.Path("ensembles"), members, null, scores);
        IReadOnlyList<string> exported = ModelExport.Write(ensemble, runs.Path("export"), new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([Path.Combine(runs.Path("export"), "member-01"), Path.Combine(runs.Path("export"), "member-02")], exported);
        for (int i = 0; i < 2; i++)
            Assert.Equal(Logits(folders[i]), Logits(ModelFolder.Open(exported[i])));
        JsonElement manifest = Json("export", "members.json");
        Assert.Equal(members.Select(member => member.Id), manifest.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("run_id").GetString()));
        Assert.Equal(scores.LogitAverage, manifest.GetProperty("scores").GetProperty("logit_average").EnumerateArray().Select(loss => loss.GetDouble()));
        Assert.Contains(FormattableString.Invariant($"{scores.LogitAverage[1]:0.0000}"), File.ReadAllText(Path.Combine(runs.Path("export"), "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_written_over_and_a_failed_export_leaves_nothing()
    {
        TrainingOutcome run = runs.Run("run");
        Directory.CreateDirectory(runs.Path("taken"));
        File.WriteAllText(Path.Combine(runs.Path("taken"), "precious.txt"), "x");
        Refused(run.Folder, "taken", "which has something in it; it takes a new or an empty folder");
        Refused(run.Folder, Path.Combine("taken", "precious.txt"), "which is a file");
        Directory.CreateDirectory(runs.Path("empty"));
        ModelExport.Write(run.Folder, runs.Path("empty"), new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        Assert.True(ModelFolder.IsAt(runs.Path("empty")));

        Refused(runs.Path("dataset"), "other", "is not a run folder");
        // Weights that fp16 cannot hold, in a model of its own.
        using var folder = new TemporaryFolder();
        var weights = HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1);
        weights["model.layers.1.mlp.down_proj.weight"].Values[17] = -7e4f;
        string large = HuggingFaceFolders.Write(folder, "large", HuggingFaceFolders.ConfigOf(HuggingFaceFolders.Shape), weights);
        var e = Assert.Throws<InputException>(() => ModelExport.Write(large, folder["half"], new ExportOptions(StoredType.Fp16), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("'model.layers.1.mlp.down_proj.weight' has an element -70000, which is beyond fp16: take another --dtype", e.Message, StringComparison.Ordinal);
        Assert.Equal(["large"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        ModelExport.Write(large, folder["brain"], new ExportOptions(StoredType.Bf16), cancellation: TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_folder_of_a_model_is_no_run()
    {
        TrainingOutcome run = runs.Run("run");
        string store = Path.Combine(runs.Path("store"), "imported");
        ModelExport.Write(run.Folder, store, new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        Assert.False(RunFolder.IsAt(store));
        Assert.Empty(new RunStore(runs.Path("store")).List());
        Assert.Contains("is a model in Hugging Face's layout, not a run", Assert.Throws<InputException>(() => RunFolder.ReadConfig(store)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => runs.Dispose();

    private static int[] Ids => new Inputs(8).Integers(16, 0, 257);

    private static float[] Logits(string run)
    {
        using var trained = TrainedModel.Open(TestDevices.Cpu, run);
        return Logits(trained.Model);
    }

    private static float[] Logits(ModelFolder folder)
    {
        using LlamaModel model = folder.Load(TestDevices.Cpu, new LlamaModelOptions(1, 16));
        return Logits(model);
    }

    private static float[] Logits(LlamaModel model)
    {
        var logits = new float[16 * model.Config.Vocabulary];
        model.Logits(Ids, logits);
        return logits;
    }

    private JsonElement Json(string folder, string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(runs.Path(folder), file))).RootElement;

    private void Refused(string source, string target, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => ModelExport.Write(source, runs.Path(target), new ExportOptions(), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
}
