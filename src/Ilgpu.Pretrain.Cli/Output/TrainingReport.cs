using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How a run comes along, for people: a live line on a terminal, plain lines elsewhere.</summary>
internal abstract class TrainingReport(TextWriter words, Device device) : ITrainingProgress, IDisposable
{
    /// <summary>Measured when a run starts: one that is found finished needs none.</summary>
    private double peakFlopsPerSecond = double.NaN;

    protected TextWriter Words { get; } = words;

    public static TrainingReport For(TextWriter words, Device device) =>
        Terminal.IsBehind(words) ? new TerminalTrainingReport(words, device) : new PlainTrainingReport(words, device);

    public virtual void OnStart(TrainingStart start)
    {
        if (device.Kind == DeviceKind.Cpu)
            peakFlopsPerSecond = PeakMeasurement.FmaFlopsPerSecond(device.Threads);
        Words.WriteLine($"Run {start.Folder}: {(start.FromStep == 0 ? "new" : $"resumed at step {start.FromStep}")}, "
            + $"{start.Steps:N0} steps of {start.TokensPerStep:N0} tokens, {start.Epochs} epochs; "
            + $"{Units.Bytes(start.PlannedBytes)} planned on {device.Description.Name}, {device.Threads} {(device.Kind == DeviceKind.Cpu ? "threads" : "multiprocessors")}, in {start.Precision.ToString().ToLowerInvariant()}; "
            + $"ILGPU: {IlgpuRuntime.Description}"
            + (double.IsNaN(peakFlopsPerSecond) ? "" : $"; FMA peak {Units.FlopsPerSecond(peakFlopsPerSecond)}"));
    }

    public abstract void OnStep(in TrainingProgress progress);

    public abstract void OnEvaluation(long step, ValidationScore evaluation);

    public abstract void OnNotice(string line);

    public virtual void OnEnd(TrainingOutcome outcome)
    {
        if (outcome.Result is { } result)
        {
            string unaveraged = result.UnaveragedValLoss is { } loss ? string.Create(CultureInfo.InvariantCulture, $" (not averaged {loss:0.0000})") : "";
            string found = outcome.Status == TrainingStatus.AlreadyFinished ? "Found finished" : "Finished";
            Words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found}: validation loss {result.ValLoss:0.0000} nats a token{unaveraged}, {result.BitsPerByte:0.0000} bits per byte; training loss {result.TrainLoss:0.0000}; {result.Steps:N0} steps in {Units.Duration(TimeSpan.FromSeconds(result.Seconds))}; {outcome.Folder}"));
        }
        else
        {
            Words.WriteLine($"Interrupted at step {outcome.Step}, saved: {outcome.Folder}");
        }
    }

    public virtual void Dispose()
    {
    }

    /// <summary>Step, losses, pace: the same words on a terminal and in a log.</summary>
    protected string Describe(in TrainingProgress progress)
    {
        string share = double.IsNaN(peakFlopsPerSecond) ? "" : string.Create(CultureInfo.InvariantCulture, $" ({progress.FlopsPerSecond / peakFlopsPerSecond:0%} of peak)");
        string validation = double.IsNaN(progress.ValidationLoss) ? "" : string.Create(CultureInfo.InvariantCulture, $"  val {progress.ValidationLoss:0.0000}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {progress.Step}/{progress.Steps}  epoch {progress.Epoch}/{progress.Epochs}  loss {progress.SmoothedLoss:0.0000}{validation}  lr {progress.LearningRate:0.00e+0}  |g| {progress.GradientNorm:0.00}  {Units.Count(progress.TokensPerSecond)} tokens/s{share}  {Units.Duration(progress.Remaining)} left");
    }
}
