using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ilgpu.Pretrain.Continuation;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Reporting;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <content>What the program itself writes, and what is given to it as text or tables.</content>
internal static partial class FuzzTargets
{
    private static readonly EnsembleScores Scores = new([3.5, 3.4], [3.5, 3.3], [3.5, 3.32], Tokens: 100, TextBytes: 300, MemberResidency.Resident, Seconds: 1);

    private static IEnumerable<FuzzTarget> Datasets(FuzzSamples samples)
    {
        foreach (string file in new[] { "dataset.json", "tokens.bin", "documents.bin" })
            yield return new FuzzTarget($"{file} of a dataset", samples.Dataset, file, ReadDataset) { Sign = SignDataset };
        yield return FuzzTarget.OfFile("rows of text", "rows.jsonl", "{\"id\": 1, \"text\": \"one\"}\n{\"text\": \"two \\u00e9\", \"more\": [1, {\"a\": null}]}\n{\"text\": \"three\"}\n"u8.ToArray(), ReadText);
        yield return FuzzTarget.OfFile("compressed rows of text", "rows.jsonl.gz", Gzip.Compress("{\"text\": \"one\"}\n{\"text\": \"two\"}\n"), ReadText);
        yield return FuzzTarget.OfFile("plain text", "text.txt", Encoding.UTF8.GetBytes("A line.\nAnother, größer.\n\nA third 🙂.\n"), ReadText);
        yield return FuzzTarget.OfFile("plain text in passages", "text.txt", Encoding.UTF8.GetBytes("A line.\nAnother, größer.\n\nA third 🙂.\n"), path => ReadText(path, new Passages(9, together: true)));
    }

    private static IEnumerable<FuzzTarget> Runs(FuzzSamples samples)
    {
        string state = samples.Run.Keys.Where(file => file.EndsWith("state.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Last();
        yield return new FuzzTarget("config.json of a run", samples.Run, Path.Combine("run", "config.json"), ReadRun);
        yield return new FuzzTarget("environment.json of a run", samples.Run, Path.Combine("run", "environment.json"), ReadRun);
        yield return new FuzzTarget("metrics.jsonl of a run", samples.Run, Path.Combine("run", "metrics.jsonl"), ReadRun);
        yield return Checksummed("result.json of a run", samples.Run, Path.Combine("run", "result.json"), ReadRun);
        yield return Checksummed("state.json of a checkpoint", samples.Run, state, ReadRun);
        yield return new FuzzTarget("weights of a checkpoint", samples.Run, Path.Combine(Path.GetDirectoryName(state)!, "model.safetensors"), ReadRun);
        yield return Checksummed("diverged.json of a run", Diverged(samples), Path.Combine("run", "diverged.json"), ReadDivergence);
    }

    private static IEnumerable<FuzzTarget> Ensembles(FuzzSamples samples)
    {
        var files = samples.Runs.Concat(samples.Ensemble).ToDictionary();
        string folder = Path.Combine("ensembles", "e");
        var learned = new LearnedWeights([.25, .75], 3.3, 3.2, 3.3, 3.1, .01);
        files.Add(Path.Combine(folder, "weights.json"), Signed(new EnsembleWeights(learned, learned, 100, 100, 1)));
        yield return new FuzzTarget("ensemble.json", files, Path.Combine(folder, "ensemble.json"), ReadEnsemble);
        yield return Checksummed("scores.json of an ensemble", files, Path.Combine(folder, "scores.json"), ReadEnsemble);
        yield return Checksummed("weights.json of an ensemble", files, Path.Combine(folder, "weights.json"), ReadEnsemble);
        yield return Checksummed("tuning.json", samples.Tuning, "tuning.json", root => TuningFolder.Read(root));
        var continued = new ContinuationRecord(["0123456789abcdef", "0123456789abcdea"], ["1123456789abcdef", "1123456789abcdea"], "hash", 100, new ContinuationScores(new BeforeAndAfter(Scores, Scores), new BeforeAndAfter(Scores, Scores)));
        yield return Checksummed("continuation.json", Only("continuation.json", Signed(continued)), "continuation.json", root => _ = ReportPage.Render(ReportBuilder.Of([root])));
        var run = new DistillationRun("0123456789abcdef", "../run", 3.4);
        var distilled = new DistillationRecord
        {
            Method = DistillationMethod.Synthetic,
            Kind = TeacherKind.Logits,
            Teachers = [run, run],
            Student = run,
            Baseline = run,
            Weight = .25,
            SyntheticId = "c",
            SyntheticFolder = "../corpus",
            SyntheticTokens = 100,
            TeacherLoss = 3,
            ShareKept = .5,
            ValidationTokens = 50,
        };
        yield return Checksummed("distillation.json", Only("distillation.json", Signed(distilled)), "distillation.json", root =>
        {
            _ = DistillationFolder.Read(root).Id();
            _ = ReportPage.Render(ReportBuilder.Of([root]));
        });
        var recipe = new SyntheticRecipe { Teachers = ["0123456789abcdef"], DatasetHash = "hash", Kind = TeacherKind.Logits, Tokens = 100, Length = 10 };
        yield return Checksummed("synthetic.json of a corpus", Only("synthetic.json", Signed(new SyntheticSource(recipe.Id, recipe, 1))), "synthetic.json", root => _ = SyntheticCorpus.ReadSource(root)?.TokensPerSecond);
        string sampling = Path.Combine($".{recipe.Id}.sampling", "progress.json");
        yield return Checksummed("progress.json of a sampling", Only(sampling, Signed(new { recipe.Id, Done = new long[] { 4 }, Seconds = 1.5 })), sampling, root => Assert.InRange(SyntheticCorpus.Sampled(root, recipe).Share, 0, 1));
    }

    private static IEnumerable<FuzzTarget> Studies(FuzzSamples samples)
    {
        yield return FuzzTarget.OfFile("study", "study.yaml", samples.StudyYaml, path => Study.Read(path));
        yield return FuzzTarget.OfFile("study.json", "study.json", samples.StudyJson, path =>
        {
            StudyFolder.Read(Path.GetDirectoryName(path)!);
            SavedStudy.Read(Path.GetDirectoryName(path)!);
        });
        yield return FuzzTarget.OfFile("ledger", "ledger.jsonl", samples.Ledger, path => StudyLedger.Read(path));
    }

    private static IEnumerable<FuzzTarget> Tables()
    {
        yield return FuzzTarget.OfFile("table of values", "points.csv", "name,n,d,loss\na,1e6,2e7,3.5\n\"b, too\",2e6,4e7,3.2\n# comment\nc,4e6,8e7,3.0\n"u8.ToArray(), ReadTable);
        yield return FuzzTarget.OfFile("table of objects", "points.jsonl", "{\"n\": 1e6, \"loss\": 3.5, \"at\": {\"d\": 2e7}}\n{\"n\": 2e6, \"loss\": 3.2, \"at\": {\"d\": 4e7}}\n"u8.ToArray(), ReadTable);
        yield return FuzzTarget.OfFile("array of objects", "points.json", "[{\"n\": 1e6, \"loss\": 3.5}, {\"n\": 2e6, \"loss\": 3.2}]"u8.ToArray(), ReadTable);
        yield return FuzzTarget.OfFile("schedules", "schedules.json", "{\"a\": {\"kind\": \"cosine\", \"peak\": 3e-4, \"final\": 3e-5, \"warm_up\": 20, \"steps\": 240}, \"b\": {\"kind\": \"wsd\", \"peak\": 1, \"final\": 0.1, \"steps\": 100, \"from\": 50}}"u8.ToArray(), path => ScheduleFile.Read(path));
        const string Fit = """
            {"law": "power", "form": "A / K^alpha + E", "points": 3, "r2": 0.99, "parameters": {"A": 1, "E": null}, "intervals": {"A": [0.5, 1.5], "E": [null, 2]}, "confidence": 0.95,
             "findings": [{"what": "limit", "at": {"K": "infinite"}, "value": 2, "interval": [1, 3]}], "predictions": [{"at": {"K": 4}, "value": 2.5}],
             "residuals": [{"row": "a", "measured": 3, "fitted": 3.1, "at": {"K": 1}, "words": {"b": "c"}}], "warnings": ["flat"]}
            """;
        yield return FuzzTarget.OfFile("fit of a report", "fit.json", Encoding.UTF8.GetBytes(Fit), path => _ = SavedFit.Read(path).Values.Count);
    }

    private static void ReadDataset(string folder)
    {
        using (TokenDataset quickly = TokenDataset.Open(folder))
            _ = quickly.Train.Length;
        using var dataset = TokenDataset.Open(folder, verify: true);
        _ = dataset.TextBytes(dataset.Train, 0, dataset.Train.Length) + dataset.TextBytes(dataset.Validation, 0, dataset.Validation.Length);
        _ = dataset.TrainDocumentBounds(dataset.Train.Length).Length;
    }

    /// <summary>Puts the hashes of a dataset's files right, and that of what it describes.</summary>
    private static void SignDataset(string folder)
    {
        string path = Path.Combine(folder, "dataset.json");
        try
        {
            string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, file))));
            DatasetManifest? manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), DatasetJson.Default.DatasetManifest);
            if (manifest is not { Tokenizer: not null, Train: not null, Validation: not null })
                return;
            manifest = manifest with { TokensSha256 = Hash("tokens.bin"), DocumentsSha256 = Hash("documents.bin") };
            using FileStream file = File.Create(path);
            (manifest with { Hash = manifest.ContentHash() }).Write(file);
        }
        catch (JsonException)
        {
            // No manifest any more.
        }
    }

    private static void ReadText(string path) => ReadText(path, null);

    private static void ReadText(string path, Passages? passages)
    {
        foreach (TextDocument _ in TextSource.Open(path, "text", 1, CancellationToken.None, passages).Documents(CancellationToken.None))
        {
            // Reading is all.
        }
    }

    private static void ReadRun(string root)
    {
        string folder = Path.Combine(root, "run");
        // Damaged ones are shown as such.
        _ = RunSummary.Read(folder).Fields.Count;
        TrainingConfig config = RunFolder.ReadConfig(folder);
        config.Validate();
        _ = RunFolder.FindResult(folder, config);
        _ = RunFolder.FindCheckpoint(folder, config);
        _ = RunFolder.ReadTokenizer(folder);
        _ = RunFolder.ReadMetrics(folder).Count();
        _ = RunsTable.OfRuns(folder, _ => { }).Rows.Count;
        _ = RunsTable.OfCurves(folder).Schedules.Count;
        _ = RunFolder.DatasetOf(folder);
    }

    private static void ReadDivergence(string root)
    {
        string folder = Path.Combine(root, "run");
        _ = RunDivergence.Find(folder, RunFolder.ReadConfig(folder));
    }

    private static void ReadEnsemble(string root)
    {
        string folder = Path.Combine(root, "ensembles", "e");
        _ = EnsembleSource.Read(folder).Losses;
        _ = EnsembleFolder.OpenMembers(folder).Count;
        _ = EnsembleFolder.FindScores(folder);
        _ = EnsembleFolder.FindWeights(folder);
        _ = RunsTable.OfEnsembles(root).Rows.Count;
    }

    private static void ReadTable(string path)
    {
        DataTable table = TableFile.Read(path);
        _ = table.Numbers(table.Require("--loss", "loss")).Length;
    }

    /// <summary>Of a run that has no result.</summary>
    private static Dictionary<string, byte[]> Diverged(FuzzSamples samples)
    {
        var files = samples.Run.Where(file => !file.Key.EndsWith("result.json", StringComparison.Ordinal) && !file.Key.Contains("checkpoints", StringComparison.Ordinal)).ToDictionary();
        TrainingConfig config = TrainingConfig.FromJson(Encoding.UTF8.GetString(files[Path.Combine("run", "config.json")]));
        files.Add(Path.Combine("run", "diverged.json"), Signed(new RunDivergence(config.Id, 3, "it grew")));
        return files;
    }

    private static Dictionary<string, byte[]> Only(string file, byte[] content) => new() { [file] = content };

    private static byte[] Signed<T>(T value) => Encoding.UTF8.GetBytes(ChecksummedJson.Serialize(value));
}
