using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// A training step of our Llama of 124M parameters beside GPT-2's of as many on llm.c's CPU trainer, in turns, as a
/// Markdown table: <c>compare-llmc --trainer PATH [--version NAME] [--threads N] [--rounds 2] [--steps 5]</c>.
/// </summary>
internal static class CompareLlmc
{
    public const string Verb = "compare-llmc";

    private const string Usage = "usage: compare-llmc --trainer PATH [--version NAME] [--threads N] [--rounds 2] [--steps 5]";

    /// <summary>Steps that are not counted: the first touches memory for the first time.</summary>
    private const int WarmUpSteps = 1;

    /// <summary>The trainer measures a validation loss before its step 10; a round ends before that.</summary>
    private const int MostSteps = 9;

    /// <summary>Enough for the trainer's steps and its validation.</summary>
    private const int Tokens = (32 * LlmcTrainer.Batch * LlmcTrainer.Length) + 1;

    public static int Run(string[] args)
    {
        string? trainer = null;
        string version = "version not given";
        int threads = Environment.ProcessorCount;
        int rounds = 2;
        int steps = 5;
        for (int i = 0; i < args.Length; i += 2)
        {
            switch (args[i], i + 1 < args.Length ? args[i + 1] : "")
            {
                case ("--trainer", var program) when File.Exists(program):
                    trainer = program;
                    break;
                case ("--version", { Length: > 0 } name):
                    version = name;
                    break;
                case ("--threads", var count) when int.TryParse(count, out threads) && threads > 0:
                    break;
                case ("--rounds", var count) when int.TryParse(count, out rounds) && rounds > 0:
                    break;
                case ("--steps", var count) when int.TryParse(count, out steps) && steps is > 0 and <= MostSteps:
                    break;
                case var (flag, value):
                    Console.Error.WriteLine($"{flag} '{value}' is not understood. {Usage}");
                    return 2;
            }
        }

        if (trainer is null)
        {
            Console.Error.WriteLine($"--trainer is missing: the path of llm.c's train_gpt2, built for the CPU. {Usage}");
            return 2;
        }

        string folder = Directory.CreateTempSubdirectory("compare-llmc-").FullName;
        try
        {
            LlmcFiles.WriteAll(folder, Gpt2Shape.Of124M, Tokens);
            Compare(trainer, version, folder, threads, rounds, steps);
        }
        catch (InvalidOperationException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static void Compare(string trainer, string version, string folder, int threads, int rounds, int steps)
    {
        StepCase ours = StepCase.All.Single(step => step.Model.Name == "gpt2-124m");
        var load = new MachineLoad();
        TimeSpan theirTime = default;
        double peak = 0;
        List<LlmcStep> mine = [];
        List<LlmcStep> theirs = [];
        for (int round = 0; round < rounds; round++)
        {
            mine.AddRange(OurSteps(ours, threads, WarmUpSteps + steps));
            (IReadOnlyList<LlmcStep> taken, TimeSpan time) = LlmcTrainer.TakeSteps(trainer, folder, threads, WarmUpSteps + steps);
            theirs.AddRange(taken);
            theirTime += time;
            peak = Math.Max(peak, PeakMeasurement.FmaFlopsPerSecond(threads));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor.Name}, {Processor.VectorInstructions}; {threads} threads, FMA peak {peak / 1e9:F1} GFLOP/s; batch {LlmcTrainer.Batch} x {LlmcTrainer.Length}; {rounds} x {steps} steps each, in turns; other programs had {load.TakenByOthers(theirTime):P0} of the cores"));
        Console.WriteLine();
        Console.WriteLine("| trainer | parameters | fastest | median | slowest | tokens/s | GFLOP/s | share of peak | first loss | last loss |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        Report($"ours, Llama, on {IlgpuRuntime.Description}", ours.Model.ParameterCount, mine, ours.Model.TrainingFlopsPerToken(LlmcTrainer.Length), peak);
        Report($"llm.c, GPT-2 ({version})", Gpt2Shape.Of124M.ParameterCount, theirs, Gpt2Shape.Of124M.TrainingFlopsPerToken(LlmcTrainer.Length), peak);
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"llm.c's median is {Median(theirs) / Median(mine):F2} times ours, its fastest step {Measured(theirs).First() / Measured(mine).First():F2} times our fastest."));
    }

    private static IEnumerable<LlmcStep> OurSteps(StepCase step, int threads, int count)
    {
        using var device = Device.OpenCpu(threads);
        using var training = step.Prepare(device);
        for (int number = 0; number < count; number++)
        {
            long start = Stopwatch.GetTimestamp();
            training.Take();
            yield return new LlmcStep(number, training.Loss, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    private static IEnumerable<double> Measured(IEnumerable<LlmcStep> steps) => steps.Where(step => step.Number >= WarmUpSteps).Select(step => step.Seconds).Order();

    private static double Median(IReadOnlyList<LlmcStep> steps)
    {
        double[] sorted = [.. Measured(steps)];
        return sorted[sorted.Length / 2];
    }

    private static void Report(string name, long parameters, IReadOnlyList<LlmcStep> steps, double flopsPerToken, double peak)
    {
        double tokensPerSecond = LlmcTrainer.Batch * LlmcTrainer.Length / Median(steps);
        double rate = tokensPerSecond * flopsPerToken;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {parameters:N0} | {Measured(steps).First():F2} s | {Median(steps):F2} s | {Measured(steps).Last():F2} s | {tokensPerSecond:N0} | {rate / 1e9:F1} | {rate / peak:F2} | {steps[0].Loss:F3} | {steps[^1].Loss:F3} |"));
    }
}
