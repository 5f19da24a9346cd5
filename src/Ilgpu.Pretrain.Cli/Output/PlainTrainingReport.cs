using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>One line every few seconds, for logs and pipes.</summary>
internal sealed class PlainTrainingReport(TextWriter words, Device device) : TrainingReport(words, device)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private long lastLine = Stopwatch.GetTimestamp();

    public override void OnStep(in TrainingProgress progress)
    {
        if (progress.Step != progress.Steps && Stopwatch.GetElapsedTime(lastLine) < Interval)
            return;
        lastLine = Stopwatch.GetTimestamp();
        Words.WriteLine("  " + Describe(progress));
    }

    public override void OnEvaluation(long step, ValidationScore evaluation) =>
        Words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  step {step}: validation loss {evaluation.Loss:0.0000} nats a token, {evaluation.BitsPerByte:0.0000} bits per byte"));

    public override void OnNotice(string line) => Words.WriteLine("  " + line);
}
