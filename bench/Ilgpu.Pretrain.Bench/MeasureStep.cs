using System.Globalization;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Training steps as shares of the FMA peak measured in the same call, on one thread and on all, as a Markdown table:
/// <c>measure-step [--threads 1,2] [--seconds 2]</c>.
/// </summary>
internal static class MeasureStep
{
    public const string Verb = "measure-step";

    private const string Usage = "usage: measure-step [--threads 1,2] [--seconds 2]";

    public static int Run(string[] args)
    {
        int[] threads = [1, Environment.ProcessorCount];
        double seconds = 2;
        for (int i = 0; i < args.Length; i += 2)
        {
            switch (args[i], i + 1 < args.Length ? args[i + 1] : "")
            {
                case ("--threads", { Length: > 0 } counts) when counts.Split(',').All(count => int.TryParse(count, out int value) && value > 0):
                    threads = [.. counts.Split(',').Select(int.Parse)];
                    break;
                case ("--seconds", var value) when double.TryParse(value, CultureInfo.InvariantCulture, out seconds) && seconds > 0:
                    break;
                case var (flag, value):
                    Console.Error.WriteLine($"{flag} '{value}' is not understood. {Usage}");
                    return 2;
            }
        }

        Console.WriteLine($"{Processor.Name}, {Processor.VectorInstructions}; {IlgpuRuntime.Description}");
        Console.WriteLine();
        Console.WriteLine("| step | parameters | threads | median | tokens/s | GFLOP/s | FMA peak | share of peak |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (StepCase step in StepCase.All)
        {
            foreach (int count in threads)
                Measure(step, count, seconds);
        }

        return 0;
    }

    private static void Measure(StepCase step, int threads, double seconds)
    {
        using var device = Device.OpenCpu(threads);
        using var training = step.Prepare(device);
        StepTimer.WarmUp(training);
        double peak = PeakMeasurement.FmaFlopsPerSecond(threads);
        double median = StepTimer.Median(training, seconds);
        double rate = step.Flops / median;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {step} | {step.Model.ParameterCount:N0} | {threads} | {median * 1e3:F2} ms | {step.Batch * step.Length / median:N0} | {rate / 1e9:F1} | {peak / 1e9:F1} | {rate / peak:F2} |"));
    }
}
