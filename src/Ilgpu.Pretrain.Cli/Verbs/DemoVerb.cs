using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Demo;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("demo", HelpText = "The story in a few minutes, from nothing but the SDK: a dataset, the standard recipe, the regularised one, an ensemble, a table, generated lines, a report.")]
internal sealed class DemoVerb : DeviceVerb
{
    private const int GeneratedTokens = 60;
    private const int GeneratedLines = 3;
    private const string ReportFileName = "report.md";
    private const string PageFileName = "report.html";

    [Option("out", Default = "demo", HelpText = "Where the dataset, the runs, report.md and report.html go; what is finished there is found again.")]
    public string Out { get; set; } = "";

    [Option("seed", Default = 1U, HelpText = "Of initialisation and data order. The recipes were tuned on other seeds than those of 1 to 5.")]
    public uint Seed { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        using TokenDataset dataset = DatasetArgument.OpenOrBuild(DemoRecipe.Source, new DatasetChoices(DemoRecipe.Tokenizer), Out, Words, cancellation);
        var store = new RunStore(Path.Combine(Out, "runs"));
        Words.WriteLine();
        using Device device = OpenDevice();
        if (Train(dataset, device, store, cancellation) is not { } results)
            return ExitCode.Interrupted;

        DemoOutcome[] outcomes = [.. DemoRecipe.All.Select(recipe => Measure(recipe, dataset, device, store, results, cancellation))];
        IReadOnlyList<string> lines = Generate(device, outcomes.First(outcome => outcome.Recipe == DemoRecipe.Ensemble).Folder);
        string report = Path.Combine(Out, ReportFileName);
        DemoReport.Write(report, dataset, Seed, outcomes, lines);
        string page = Path.Combine(Out, PageFileName);
        DemoPage.Write(page, dataset, Seed, outcomes, lines);
        if (Json)
            PrintJson(dataset, outcomes, lines, report, page);
        else
            PrintWords(dataset, outcomes, lines, report, page);
        return ExitCode.Done;
    }

    /// <summary>All runs of all recipes, by their ids; a run that two recipes have in common is trained once.</summary>
    private Dictionary<string, RunResult>? Train(TokenDataset dataset, Device device, RunStore store, CancellationToken cancellation)
    {
        (string Name, PlannedRun Run)[] runs = [.. DemoRecipe.All
            .SelectMany(recipe => recipe.ConfigsFor(dataset, Seed).Select((config, i) =>
                (Name: recipe.Members == 1 ? recipe.Name : $"{recipe.Name} {i + 1}", Run: new PlannedRun(config, store.PathOf(config), new TrainingSources(dataset)))))
            .DistinctBy(run => run.Run.Config.Id)];
        return SideBySideTraining.Run(runs, new TrainingOptions(), device.Description, OpenDevice, atATime: null, Words, cancellation)
            ?.ToDictionary(result => result.RunId);
    }

    private DemoOutcome Measure(
        DemoRecipe recipe,
        TokenDataset dataset,
        Device device,
        RunStore store,
        Dictionary<string, RunResult> results,
        CancellationToken cancellation)
    {
        TrainingConfig[] configs = [.. recipe.ConfigsFor(dataset, Seed)];
        RunResult[] members = [.. configs.Select(config => results[config.Id])];
        string[] folders = [.. configs.Select(store.PathOf)];
        if (members is [var single])
            return new DemoOutcome(recipe, single.ValLoss, single.BitsPerByte, single.TrainLoss, single.ValLoss, single.Parameters, single.Seconds, folders[0]);

        IReadOnlyList<EnsembleMember> opened = EnsembleMember.Open(folders);
        long? validationTokens = configs[0].ValidationTokens;
        (string folder, EnsembleScores scores) = EnsembleFolder.FindOrMeasure(
            Path.Combine(Out, "ensembles"),
            opened,
            validationTokens,
            () => new EnsembleEvaluator(opened, dataset, validationTokens, device, new EnsembleEvaluationOptions()).Evaluate(cancellation));
        return new DemoOutcome(
            recipe,
            scores.LogitAverage[^1],
            scores.BitsPerByte(scores.LogitAverage[^1]),
            members.Average(member => member.TrainLoss),
            scores.Members.Average(),
            members.Sum(member => member.Parameters),
            members.Sum(member => member.Seconds) + scores.Seconds,
            folder);
    }

    private List<string> Generate(Device device, string folder)
    {
        using var trained = TrainedGenerator.Open(device, folder, EnsembleAveraging.Logits);
        List<string> lines = [];
        for (ulong line = 0; line < GeneratedLines; line++)
        {
            var sampling = new SamplingOptions { Temperature = .7, TopP = .95, Seed = Seed + (line << 32) };
            IEnumerable<int> ids = trained.Generator.Continue([trained.BeginningOfText!.Value], GeneratedTokens, sampling, trained.BeginningOfText);
            lines.Add(trained.Tokenizer.DecodeText([.. ids]).ReplaceLineEndings(" ").Trim());
        }

        return lines;
    }

    private void PrintWords(TokenDataset dataset, IReadOnlyList<DemoOutcome> outcomes, IReadOnlyList<string> lines, string report, string page)
    {
        TrainingConfig any = DemoRecipe.Standard.ConfigsFor(dataset, Seed)[0];
        Words.WriteLine();
        Words.WriteLine($"{any.Model.ParameterCount:N0} parameters a model, {any.Tokens:N0} training tokens, validation on {any.ValidationTokens - 1:N0} tokens; losses in nats a token; "
            + $"seed {Seed}; ILGPU: {IlgpuRuntime.Description}");
        DemoTable.Write(Words, outcomes);
        Words.WriteLine();
        Words.WriteLine("Text of the ensemble (temperature .7, top-p .95):");
        foreach (string line in lines)
            Words.WriteLine("  " + line);
        Words.WriteLine();
        Words.WriteLine($"Report: {page} (open it in a browser), {report}");
    }

    private void PrintJson(TokenDataset dataset, IReadOnlyList<DemoOutcome> outcomes, IReadOnlyList<string> lines, string report, string page) =>
        JsonOutput.Print(new
        {
            recipes = outcomes.Where(outcome => DemoRecipe.Story.Contains(outcome.Recipe)).Select(Row),
            at_equal_size = outcomes.Where(outcome => outcome.Recipe.Members > 1).Select(Row),
            ilgpu = IlgpuRuntime.Kind,
            seed = Seed,
            dataset = new { dataset.Hash, dataset.Manifest.Source },
            generated = lines,
            report,
            page,
        });

    private static object Row(DemoOutcome outcome) => new
    {
        outcome.Recipe.Name,
        outcome.ValLoss,
        outcome.BitsPerByte,
        outcome.Seconds,
        outcome.TrainLoss,
        outcome.MemberLoss,
        outcome.Recipe.Members,
        outcome.Recipe.LearningRate,
        outcome.Recipe.Epochs,
        outcome.Recipe.WeightDecay,
        outcome.Parameters,
        outcome.Folder,
    };
}
