using System.Globalization;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Demo;

/// <summary>The demo's report.md.</summary>
internal static class DemoReport
{
    public static void Write(string path, TokenDataset dataset, uint seed, IReadOnlyList<DemoOutcome> outcomes, IReadOnlyList<string> lines)
    {
        TrainingConfig any = DemoRecipe.Standard.ConfigsFor(dataset, seed)[0];
        using var report = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        report.WriteLine("# What more compute makes of a fixed text");
        report.WriteLine();
        report.WriteLine($"{any.Tokens:N0} training tokens of {dataset.Manifest.Source} ({dataset.Manifest.Train.BytesPerToken:0.00} bytes a token, dataset {dataset.Hash[..8]}), models of {any.Model.ParameterCount:N0} parameters, "
            + $"validation on {any.ValidationTokens - 1:N0} tokens; losses in nats a token; seed {seed}.");
        report.WriteLine();
        DemoTable.WriteMarkdown(report, outcomes);
        report.WriteLine();
        report.WriteLine("Each recipe's learning rate, epochs and weight decay were tuned beforehand on other seeds. 'alone' is the mean of the");
        report.WriteLine("members by themselves; ensembles average logits. The standard ensemble has as many models as the other one, so that the");
        report.WriteLine("gain of averaging and that of the recipe can be told apart.");
        report.WriteLine();
        report.WriteLine("## Text of the ensemble");
        report.WriteLine();
        foreach (string line in lines)
            report.WriteLine($"> {line}\n");
        report.WriteLine($"{Processor.Name}, {Processor.VectorInstructions}; ILGPU: {IlgpuRuntime.Description}; numerics version {Numerics.Version}.");
        File.WriteAllText(path, report.ToString());
    }
}
