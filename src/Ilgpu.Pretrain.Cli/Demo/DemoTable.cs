using System.Globalization;
using Ilgpu.Pretrain.Cli.Output;

namespace Ilgpu.Pretrain.Cli.Demo;

/// <summary>What came out of the demo, side by side: for a terminal, and in Markdown.</summary>
internal static class DemoTable
{
    private static readonly string[] Heads = ["recipe", "models", "lr", "epochs", "decay", "training loss", "alone", "validation loss", "bits per byte", "took"];

    public static void Write(TextWriter words, IReadOnlyList<DemoOutcome> outcomes)
    {
        var table = new TextTable([.. Heads.Select((head, column) => (head, column > 0))]);
        foreach (DemoOutcome outcome in outcomes)
            table.Add(Cells(outcome));
        table.Write(words);
    }

    public static void WriteMarkdown(TextWriter markdown, IReadOnlyList<DemoOutcome> outcomes)
    {
        markdown.WriteLine($"| {string.Join(" | ", Heads)} |");
        markdown.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---:|", Heads.Length - 1))}");
        foreach (DemoOutcome outcome in outcomes)
            markdown.WriteLine($"| {string.Join(" | ", Cells(outcome))} |");
    }

    private static string[] Cells(DemoOutcome outcome) =>
    [
        outcome.Recipe.Name,
        $"{outcome.Recipe.Members}",
        outcome.Recipe.LearningRate.ToString("0.####", CultureInfo.InvariantCulture),
        $"{outcome.Recipe.Epochs}",
        outcome.Recipe.WeightDecay.ToString("0.##", CultureInfo.InvariantCulture),
        outcome.TrainLoss.ToString("0.000", CultureInfo.InvariantCulture),
        outcome.MemberLoss.ToString("0.0000", CultureInfo.InvariantCulture),
        outcome.ValLoss.ToString("0.0000", CultureInfo.InvariantCulture),
        outcome.BitsPerByte.ToString("0.0000", CultureInfo.InvariantCulture),
        Units.Duration(TimeSpan.FromSeconds(outcome.Seconds)),
    ];
}
