using System.Globalization;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// How a training step's time grows with tokens, context, width, depth, vocabulary and threads, and what runs side by
/// side get out of the same threads, as Markdown: <c>measure-scaling [--threads N] [--seconds 1] [--only width,side-by-side]</c>.
/// </summary>
internal static class MeasureScaling
{
    public const string Verb = "measure-scaling";

    private const string SideBySide = "side-by-side";
    private const string Usage = "usage: measure-scaling [--threads N] [--seconds 1] [--only tokens,context,width,depth,vocabulary,side-by-side]";

    /// <summary>Characters of a bar that stands for the whole peak.</summary>
    private const int BarLength = 50;

    public static int Run(string[] args)
    {
        int threads = Environment.ProcessorCount;
        double seconds = 1;
        string[] all = [.. ScalingAxis.All.Select(axis => axis.Name), SideBySide];
        string[] chosen = all;
        for (int i = 0; i < args.Length; i += 2)
        {
            switch (args[i], i + 1 < args.Length ? args[i + 1] : "")
            {
                case ("--threads", var count) when int.TryParse(count, out threads) && threads > 1:
                    break;
                case ("--seconds", var value) when double.TryParse(value, CultureInfo.InvariantCulture, out seconds) && seconds > 0:
                    break;
                case ("--only", var names) when names.Split(',').All(all.Contains):
                    chosen = names.Split(',');
                    break;
                case var (flag, value):
                    Console.Error.WriteLine($"{flag} '{value}' is not understood. {Usage}");
                    return 2;
            }
        }

        Console.WriteLine($"{Processor.Name}, {Processor.VectorInstructions}; {IlgpuRuntime.Description}");
        Console.WriteLine();
        Console.WriteLine("Others: the most of all cores' time that other programs had during a row's measurements, the quietest of up to three.");
        foreach (ScalingAxis axis in ScalingAxis.All.Where(axis => chosen.Contains(axis.Name)))
            Report(axis, threads, seconds);
        if (chosen.Contains(SideBySide))
            ReportSideBySide(threads, seconds);
        return 0;
    }

    private static void Report(ScalingAxis axis, int threads, double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"## {axis.Name}");
        Console.WriteLine();
        Console.WriteLine($"{char.ToUpperInvariant(axis.What[0])}{axis.What[1..]}.");
        Console.WriteLine();
        Console.WriteLine($"| {axis.Name} | parameters | GFLOP | 1 thread | of peak | {threads} threads | of peak | speed-up | time's growth / work's | others |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        List<ScalingRow> rows = [];
        foreach ((int extent, StepCase step) in axis.Cases)
        {
            var row = new ScalingRow(
                extent,
                step,
                StepTimer.Alone(step, 1, seconds),
                PeakMeasurement.FmaFlopsPerSecond(1),
                StepTimer.Alone(step, threads, seconds),
                PeakMeasurement.FmaFlopsPerSecond(threads));
            string growth = rows is [.., var previous] ? row.GrowthFrom(previous).ToString("F2", CultureInfo.InvariantCulture) : "";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {extent} | {step.Model.ParameterCount:N0} | {step.Flops / 1e9:F2} | {row.One * 1e3:F2} ms | {row.OneShare:F2} | {row.All * 1e3:F2} ms | {row.AllShare:F2} | {row.SpeedUp:F2} | {growth} | {row.TakenByOthers:P0} |"));
            rows.Add(row);
        }

        Console.WriteLine();
        Console.WriteLine("```");
        foreach (ScalingRow row in rows)
        {
            Console.WriteLine($"{row.Extent,6}, 1 thread   {Bar(row.OneShare)}");
            Console.WriteLine($"{"",6}  {threads} threads  {Bar(row.AllShare)}");
        }

        Console.WriteLine("```");
    }

    private static void ReportSideBySide(int threads, double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"## {SideBySide}");
        Console.WriteLine();
        Console.WriteLine($"The miniature family, batch 4 x 128: one run on {threads} threads, and {threads} runs at once on one thread each.");
        Console.WriteLine();
        Console.WriteLine($"| model | hidden | one run's step | of peak | {threads} runs' steps | of peak, together | gain | others |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (StepCase step in StepCase.All.Where(step => step.Model.Name.StartsWith("mini-", StringComparison.Ordinal)))
        {
            TimedStep alone = StepTimer.Alone(step, threads, seconds);
            double peak = PeakMeasurement.FmaFlopsPerSecond(threads);
            TimedStep many = StepTimer.SideBySide(step, threads, seconds);
            peak = Math.Max(peak, PeakMeasurement.FmaFlopsPerSecond(threads));
            double one = alone.Median;
            double together = many.Medians.Sum(median => step.Flops / median);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {step.Model.Name} | {step.Model.Hidden} | {one * 1e3:F2} ms | {step.Flops / one / peak:F2} | {string.Join(", ", many.Medians.Select(median => $"{(median * 1e3).ToString("F2", CultureInfo.InvariantCulture)} ms"))} | {together / peak:F2} | {together / (step.Flops / one):F2} | {Math.Max(alone.TakenByOthers, many.TakenByOthers):P0} |"));
        }
    }

    private static string Bar(double share) =>
        $"{new string('#', (int)Math.Round(Math.Clamp(share, 0, 1) * BarLength)).PadRight(BarLength)}| {share.ToString("F2", CultureInfo.InvariantCulture)}";
}
