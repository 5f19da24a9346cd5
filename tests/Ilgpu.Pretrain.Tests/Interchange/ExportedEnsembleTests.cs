using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.CommandLine;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>An exported ensemble comes back whole: what its members say together is what they said, to the bit.</summary>
public sealed class ExportedEnsembleTests : IClassFixture<ExportedEnsembleTests.Exported>, IDisposable
{
    private readonly Exported exported;
    private readonly TemporaryFolder folder = new();

    public ExportedEnsembleTests(Exported exported) => this.exported = exported;

    [Theory]
    [InlineData(EnsembleAveraging.Logits, EnsembleWeighting.Equal)]
    [InlineData(EnsembleAveraging.Probabilities, EnsembleWeighting.Equal)]
    [InlineData(EnsembleAveraging.Logits, EnsembleWeighting.Learned)]
    public void What_is_imported_gives_the_averages_of_the_ensemble_to_the_bit(EnsembleAveraging averaging, EnsembleWeighting weighting)
    {
        EnsembleModelFolder imported = Import();
        Assert.Equal(["member-01", "member-02", "member-03"], imported.Members.Select(member => Path.GetFileName(member.Location)));
        float[] expected = Logits(exported.Ensemble, averaging, weighting);
        Assert.Equal(expected, Logits(folder["in"], averaging, weighting));
        // The export itself is taken, too, and what is exported of the import.
        Assert.Equal(expected, Logits(exported.Folder, averaging, weighting));
        ModelExport.Write(folder["in"], folder["out"], new ExportOptions(ShardBytes: 4000), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(expected, Logits(folder["out"], averaging, weighting));
    }

    [Fact]
    public void Figures_weights_and_members_are_kept_in_their_order()
    {
        _ = Import();
        ModelExport.Write(folder["in"], folder["out"], new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        string manifest = File.ReadAllText(Path.Combine(exported.Folder, "members.json"));
        foreach (string name in new[] { "in", "out" })
        {
            Assert.Equal(manifest, File.ReadAllText(folder[name, "members.json"]));
            for (int i = 1; i <= 3; i++)
            {
                string member = $"member-{i:00}";
                Assert.Equal(File.ReadAllBytes(Path.Combine(exported.Folder, member, "model.safetensors")), File.ReadAllBytes(folder[name, member, "model.safetensors"]));
            }
        }

        Assert.Contains("Imported by Ilgpu.Pretrain", File.ReadAllText(folder["in", "README.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_of_an_import_are_those_of_the_ensemble()
    {
        _ = Import();
        string text = folder.Write("text.txt", "Some of the text, which is not long.");
        string[][] losses = [.. new[] { exported.Ensemble, folder["in"], folder["in", "members.json"] }.Select(LossesOf)];
        Assert.Equal(3, losses[0].Length);
        Assert.Equal(losses[0], losses[1]);
        Assert.Equal(losses[0], losses[2]);

        // All but what the members are called.
        string[] LossesOf(string ensemble) =>
        [
            .. Json("eval", ensemble, "--text", text, "--length", "16", "--device", "cpu").GetProperty("by_size").EnumerateArray()
                .Select(size => string.Join(' ', size.EnumerateObject().Where(field => field.Name != "model").Select(field => field.Value.GetRawText()))),
        ];
    }

    [Fact]
    public void Every_verb_that_takes_an_ensemble_takes_an_imported_one()
    {
        JsonElement imported = Json("import", "--weights", exported.Folder, "--out", folder["in"]);
        Assert.Equal(3, imported.GetProperty("members").GetArrayLength());
        string[] generate = ["--prompt", "The", "--tokens", "8", "--seed", "2", "--device", "cpu"];
        Assert.Equal(Json(["generate", exported.Ensemble, .. generate]).GetProperty("text").GetString(), Json(["generate", folder["in"], .. generate]).GetProperty("text").GetString());
        Assert.Equal(3, Json("export", folder["in"], "--out", folder["out"], "--dtype", "bf16").GetProperty("models").GetArrayLength());

        JsonElement continued = Json("continue", folder["in"], "--data", exported.Dataset, "--steps", "2", "--batch", "2", "--out", folder["runs"], "--device", "cpu", "--threads", "2");
        JsonElement[] runs = [.. continued.GetProperty("runs").EnumerateArray()];
        Assert.Equal(imported.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("id").GetString()), runs.Select(run => run.GetProperty("from").GetString()));
        Assert.Equal(3, runs.Select(run => run.GetProperty("run").GetString()).Distinct().Count());
        Assert.Equal(3, continued.GetProperty("new").GetProperty("members_after").GetArrayLength());
        Assert.Contains("--members was given 2 and 3 runs", RefusedCall("continue", folder["in"], "--data", exported.Dataset, "--members", "2"), StringComparison.Ordinal);
        Assert.Contains("was given with others", RefusedCall("eval", folder["in"], folder["out"], "--device", "cpu"), StringComparison.Ordinal);
        Assert.Contains("which has something in it", RefusedCall("import", "--weights", exported.Folder, "--out", folder["in"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Members_may_differ_in_shape_and_the_shortest_context_counts()
    {
        string source = Copy();
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "member-02", "config.json")))!;
        config["max_position_embeddings"] = 11;
        File.WriteAllText(Path.Combine(source, "member-02", "config.json"), config.ToJsonString());
        using var models = EvaluatedModels.Open(TestRuns.Device, [source], folder.Path, null, null);
        Assert.Equal((3, 11), (models.Models.Count, models.Window));
    }

    [Theory]
    [InlineData("../member-01")]
    [InlineData("/etc")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("member-01/../../x")]
    [InlineData("a\\\\b")]
    [InlineData("c:")]
    [InlineData("a\\u0000b")]
    public void A_member_outside_of_the_folder_is_refused(string name) =>
        Refused(manifest => manifest["members"]![1]!["folder"] = JsonNode.Parse($"\"{name}\""), "it takes the name of a folder beside it");

    [Fact]
    public void What_members_json_has_wrong_is_said_in_one_line()
    {
        Refused(manifest => manifest["members"]![1]!["folder"] = "member-09", "names the member 'member-09', which is not there");
        Refused(manifest => manifest["members"]![1]!["folder"] = "Member-01", "has the member 'member-01' more than once");
        Refused(manifest => manifest["members"] = new JsonArray(), "has no members");
        Refused(manifest => manifest["members"]![0] = null, "a list has null in it");
        Refused(manifest => manifest.Remove("members"), "is damaged: ");
        Refused(manifest => manifest["scores"]!["members"]!.AsArray().RemoveAt(0), "has 3 members and losses of another number");
        Refused(manifest => manifest["learned_weights"]!["logits"]!["weights"]!.AsArray().RemoveAt(0), "has learned weights that are not one for each of 3 members");
        Refused(manifest => manifest["learned_weights"]!["logits"]!["weights"]![0] = -.25, "none negative, with the sum 1");
        Refused(manifest => manifest["learned_weights"]!["probabilities"]!["weights"]![0] = "NaN", "none negative, with the sum 1");
        string source = Copy();
        File.WriteAllText(Path.Combine(source, "members.json"), string.Concat(Enumerable.Repeat("{\"members\":", 10_000)));
        Refused(source, "is damaged: ");
        File.WriteAllBytes(Path.Combine(source, "members.json"), new byte[5_000_000]);
        Refused(source, "has 5000000 bytes; such a file has 4194304 at most");
    }

    [Fact]
    public void Members_that_do_not_go_together_are_refused_with_what_differs()
    {
        string source = Copy();
        foreach (string file in Directory.GetFiles(Path.Combine(source, "member-02")))
            File.Delete(file);
        LlamaConfig shape = HuggingFaceFolders.Shape;
        string other = HuggingFaceFolders.Write(folder, "other", HuggingFaceFolders.ConfigOf(shape), HuggingFaceFolders.Weights(shape, 1));
        foreach (string file in Directory.GetFiles(other))
            File.Copy(file, Path.Combine(source, "member-02", Path.GetFileName(file)));
        Refused(source, "Members of an ensemble share the vocabulary: it is 257 in", "262 in", "member 2.");

        source = Copy();
        File.Delete(Path.Combine(source, "member-03", "config.json"));
        Refused(source, "has no config.json");

        source = Copy();
        string config = Path.Combine(source, "member-03", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"bos_token_id\": 256", "\"bos_token_id\": null", StringComparison.Ordinal));
        Refused(source, "Members of an ensemble share the token that begins a text: it is 256 in", "none in", "member 3.");

        source = Copy();
        File.WriteAllBytes(Path.Combine(source, "member-02", "tokenizer.json"), Tokenization.TokenizerFiles.Written(
            CharacterTokenizer.Of([.. Enumerable.Range('Ā', 256).Select(code => new System.Text.Rune(code))], withEndOfText: true)));
        Refused(source, "Members of an ensemble share the tokenizer: it is ", "(a token a byte) in", "(a token a character) in", "member 2.");
    }

    public void Dispose() => folder.Dispose();

    private static float[] Logits(string ensemble, EnsembleAveraging averaging, EnsembleWeighting weighting)
    {
        int[] ids = new Inputs(8).Integers(12, 0, 257);
        using var generator = TrainedGenerator.Open(TestRuns.Device, ensemble, averaging, weighting: weighting, mostTokens: ids.Length);
        var logits = new float[ids.Length * 257];
        for (int i = 0; i < ids.Length; i++)
            generator.Decoder.Step(ids.AsSpan(i, 1), logits.AsSpan(i * 257, 257));
        return logits;
    }

    private static JsonElement Json(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run([.. arguments, "--json"]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output).RootElement;
    }

    private static string RefusedCall(params string[] arguments)
    {
        Outcome ended = PretrainCall.Run(arguments);
        Assert.Equal(2, ended.ExitCode);
        return ended.ErrorLine;
    }

    private EnsembleModelFolder Import() => ModelImport.FromEnsemble(exported.Folder, null, folder["in"], cancellation: TestContext.Current.CancellationToken);

    private string Copy()
    {
        string target = folder[$"{Guid.NewGuid():N}"];
        foreach (string file in Directory.GetFiles(exported.Folder, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(exported.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    private void Refused(Action<JsonObject> spoil, string message)
    {
        string source = Copy();
        string path = Path.Combine(source, "members.json");
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        spoil(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
        Refused(source, message);
    }

    private void Refused(string source, params string[] parts)
    {
        var e = Assert.Throws<InputException>(() => ModelImport.FromEnsemble(source, null, folder["refused"], cancellation: TestContext.Current.CancellationToken));
        Assert.All(parts, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
        Assert.False(Path.Exists(folder["refused"]));
    }

    /// <summary>Three tiny runs, the ensemble of them with learned weights, and its export.</summary>
    public sealed class Exported : IDisposable
    {
        private readonly TestRuns runs = new();

        public Exported()
        {
            IReadOnlyList<EnsembleMember> members = EnsembleMember.Open([.. Enumerable.Range(1, 3).Select(seed => runs.Run($"run-{seed}", runs.Config.WithSeed((uint)seed)).Folder)]);
            EnsembleScores scores = new EnsembleEvaluator(members, runs.Dataset, null, TestRuns.Device, new EnsembleEvaluationOptions()).Evaluate();
            Ensemble = EnsembleFolder.Write(runs.Path("ensembles"), members, null, scores);
            var learned = new LearnedWeights([.5, .125, .375], 3.3, 3.2, 3.3, 3.1, .01);
            EnsembleFolder.FindOrLearn(Ensemble, () => new EnsembleWeights(learned, learned, 100, 100, 1));
            Folder = runs.Path("export");
            ModelExport.Write(Ensemble, Folder, new ExportOptions());
        }

        public string Ensemble { get; }

        public string Folder { get; }

        public string Dataset => runs.Dataset.Folder;

        public void Dispose() => runs.Dispose();
    }
}
