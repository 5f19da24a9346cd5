using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Demo;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("demo", HelpText = "The story in a few minutes, from nothing but the SDK: a dataset, the standard recipe, the regularised one, a table, generated lines.")]
internal sealed class DemoVerb : DeviceVerb
{
    private const int GeneratedTokens = 160;
    private const int GeneratedLines = 3;

    [Option("out", Default = "demo", HelpText = "Where the dataset and the runs go; what is finished there is found again.")]
    public string Out { get; set; } = "";

    [Option("seed", Default = 1U, HelpText = "Of initialisation and data order. The recipes were tuned on other seeds than 1 to 5.")]
    public uint Seed { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        using TokenDataset dataset = DatasetArgument.OpenOrBuild("dotnet-docs", tokenizer: null, Out, Words, cancellation);
        using Device device = OpenDevice();
        var store = new RunStore(Path.Combine(Out, "runs"));
        List<(DemoRecipe Recipe, RunResult Result)> rows = [];
        foreach (DemoRecipe recipe in DemoRecipe.All)
        {
            TrainingConfig config = recipe.ConfigFor(dataset, Seed);
            Words.WriteLine();
            Words.WriteLine($"The {recipe.Name} recipe: learning rate {recipe.LearningRate}, {recipe.Epochs} epochs, weight decay {recipe.WeightDecay}");
            using TrainingReport report = TrainingReport.For(Words, device);
            TrainingOutcome outcome = Trainer.Run(config, new TrainingOptions(), dataset, device, store.PathOf(config), report, cancellation);
            report.OnEnd(outcome);
            if (outcome.Result is not { } result)
                return ExitCode.Interrupted;
            rows.Add((recipe, result));
        }

        string best = store.PathOf(rows.MinBy(row => row.Result.ValLoss).Recipe.ConfigFor(dataset, Seed));
        IReadOnlyList<string> lines = Generate(device, best);
        if (Json)
            PrintJson(dataset, rows, lines);
        else
            PrintWords(dataset, rows, lines);
        return ExitCode.Done;
    }

    private List<string> Generate(Device device, string run)
    {
        using var trained = TrainedModel.Open(device, run);
        using var decoder = new Decoder(trained.Model);
        var generator = new Generator(decoder);
        List<string> lines = [];
        for (ulong line = 0; line < GeneratedLines; line++)
        {
            var sampling = new SamplingOptions { Temperature = .7, TopP = .95, Seed = Seed + (line << 32) };
            IEnumerable<int> ids = generator.Continue([trained.Separator!.Value], GeneratedTokens, sampling, trained.Separator);
            lines.Add(trained.Tokenizer.DecodeText([.. ids]).ReplaceLineEndings(" ").Trim());
        }

        return lines;
    }

    private void PrintWords(TokenDataset dataset, IReadOnlyList<(DemoRecipe Recipe, RunResult Result)> rows, IReadOnlyList<string> lines)
    {
        RunResult any = rows[0].Result;
        Words.WriteLine();
        Words.WriteLine($"{any.Parameters:N0} parameters, {rows[0].Recipe.ConfigFor(dataset, Seed).Tokens:N0} training tokens, validation on {any.ValTokens:N0} tokens; losses in nats a token; "
            + $"seed {Seed}; ILGPU: {IlgpuRuntime.Description}");
        DemoTable.Write(Words, rows);
        Words.WriteLine();
        Words.WriteLine("Text of the better one (temperature .7, top-p .95):");
        foreach (string line in lines)
            Words.WriteLine("  " + line);
    }

    private void PrintJson(TokenDataset dataset, IReadOnlyList<(DemoRecipe Recipe, RunResult Result)> rows, IReadOnlyList<string> lines) =>
        JsonOutput.Print(new
        {
            recipes = rows.Select(row => new
            {
                row.Recipe.Name,
                row.Result.ValLoss,
                row.Result.BitsPerByte,
                row.Result.Seconds,
                row.Result.TrainLoss,
                row.Recipe.LearningRate,
                row.Recipe.Epochs,
                row.Recipe.WeightDecay,
                row.Result.Parameters,
                run = row.Result.RunId,
            }),
            ilgpu = IlgpuRuntime.Kind,
            seed = Seed,
            dataset = new { dataset.Hash, dataset.Manifest.Source },
            generated = lines,
        });
}
