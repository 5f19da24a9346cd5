using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>One line every few seconds, for logs and pipes.</summary>
internal sealed class PlainTrainingReport(TextWriter words, Device device) : TrainingReport(words, device)
{
    private Pause pause = new(TimeSpan.FromSeconds(5));

    public override void OnStep(in TrainingProgress progress)
    {
        if (progress.Step == progress.Steps || pause.IsOver())
            Words.WriteLine("  " + Describe(progress));
    }

    public override void OnEvaluation(long step, ValidationScore evaluation) =>
        Words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  step {step}: validation loss {evaluation.Loss:0.0000} nats a token, {evaluation.BitsPerByte:0.0000} bits per byte"));

    public override void OnNotice(string line) => Words.WriteLine("  " + line);
}
