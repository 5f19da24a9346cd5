using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// A training step of our Llama of 124M parameters beside GPT-2's of as many on llm.c's CPU trainer, in turns, as a
/// Markdown table: <c>compare-llmc --trainer PATH [--version NAME] [--threads N] [--rounds 3] [--steps 5]</c>.
/// </summary>
internal static class CompareLlmc
{
    public const string Verb = "compare-llmc";

    private const string Usage = "usage: compare-llmc --trainer PATH [--version NAME] [--threads N] [--rounds 3] [--steps 5]";

    private const int WarmUpSteps = LlmcRound.WarmUpSteps;

    /// <summary>The trainer measures a validation loss before its step 10; a round ends before that.</summary>
    private const int MostSteps = 9;

    /// <summary>Enough for the trainer's steps and its validation.</summary>
    private const int Tokens = (32 * LlmcTrainer.Batch * LlmcTrainer.Length) + 1;

    public static int Run(string[] args)
    {
        string? trainer = null;
        string version = "version not given";
        int threads = Environment.ProcessorCount;
        int rounds = 3;
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

    private static void Compare(string trainer, string version, string folder, int threads, int rounds, int stepsOfRound)
    {
        StepCase ours = StepCase.All.Single(step => step.Model.Name == "gpt2-124m");
        double peak = 0;
        List<LlmcRound> mine = [];
        List<LlmcRound> theirs = [];
        for (int round = 0; round < rounds; round++)
        {
            var load = new MachineLoad();
            LlmcStep[] steps = [.. OurSteps(ours, threads, WarmUpSteps + stepsOfRound)];
            mine.Add(new LlmcRound(steps, load.TakenByOthers()));
            load = new MachineLoad();
            (IReadOnlyList<LlmcStep> taken, TimeSpan processorTime) = LlmcTrainer.TakeSteps(trainer, folder, threads, WarmUpSteps + stepsOfRound);
            theirs.Add(new LlmcRound(taken, load.TakenByOthers(processorTime)));
            peak = Math.Max(peak, PeakMeasurement.FmaFlopsPerSecond(threads));
        }

        LlmcRound ourBest = LlmcRound.Quietest(mine);
        LlmcRound theirBest = LlmcRound.Quietest(theirs);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor.Name}, {Processor.VectorInstructions}; {threads} threads, FMA peak {peak / 1e9:F1} GFLOP/s; batch {LlmcTrainer.Batch} x {LlmcTrainer.Length}; {rounds} rounds of {stepsOfRound} steps each, in turns. Of each trainer the round during which other programs had the least of the cores."));
        Console.WriteLine();
        Console.WriteLine("| trainer | parameters | fastest | median | slowest | tokens/s | GFLOP/s | share of peak | first loss | last loss | others |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        Report($"ours, Llama, on {IlgpuRuntime.Description}", ours.Model.ParameterCount, ourBest, ours.Model.TrainingFlopsPerToken(LlmcTrainer.Length), peak);
        Report($"llm.c, GPT-2 ({version})", Gpt2Shape.Of124M.ParameterCount, theirBest, Gpt2Shape.Of124M.TrainingFlopsPerToken(LlmcTrainer.Length), peak);
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"llm.c's median is {theirBest.Median / ourBest.Median:F2} times ours; of all rounds, its fastest step is {theirs.Min(round => round.Fastest) / mine.Min(round => round.Fastest):F2} times our fastest."));
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

    private static void Report(string name, long parameters, LlmcRound round, double flopsPerToken, double peak)
    {
        double tokensPerSecond = LlmcTrainer.Batch * LlmcTrainer.Length / round.Median;
        double rate = tokensPerSecond * flopsPerToken;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {parameters:N0} | {round.Fastest:F2} s | {round.Median:F2} s | {round.Slowest:F2} s | {tokensPerSecond:N0} | {rate / 1e9:F1} | {rate / peak:F2} | {round.FirstLoss:F3} | {round.LastLoss:F3} | {round.TakenByOthers:P0} |"));
    }
}
