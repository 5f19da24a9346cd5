using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>llm.c's CPU trainer, built by whoever measures; it trains batches of 4 x 64 tokens.</summary>
internal static class LlmcTrainer
{
    public const int Batch = 4;
    public const int Length = 64;

    /// <summary>The trainer writes its lines into a pipe in blocks of kilobytes unless told otherwise.</summary>
    private const string LineBuffering = "stdbuf";

    /// <summary>Starts the trainer in a folder of its files, stops it after some steps, and returns these and the processor time that all took.</summary>
    /// <exception cref="InvalidOperationException">It ended before; the message has its last line.</exception>
    public static (IReadOnlyList<LlmcStep> Steps, TimeSpan ProcessorTime) TakeSteps(string program, string folder, int threads, int count)
    {
        var start = new ProcessStartInfo(LineBuffering, ["-oL", Path.GetFullPath(program)]) { RedirectStandardOutput = true, WorkingDirectory = folder };
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        using Process trainer = Start(start);
        try
        {
            List<LlmcStep> steps = [];
            string last = "";
            while (steps.Count < count)
            {
                string line = trainer.StandardOutput.ReadLine()
                    ?? throw new InvalidOperationException($"{program} ended after {steps.Count} of {count} steps; its last line: {last}");
                last = line;
                if (LlmcStep.Read(line) is { } step)
                    steps.Add(step);
            }

            return (steps, trainer.TotalProcessorTime);
        }
        finally
        {
            trainer.Kill();
            trainer.WaitForExit();
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"{LineBuffering} (of the GNU coreutils) did not start: {exception.Message}", exception);
        }
    }
}
