using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;
using Spectre.Console;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A line that is rewritten in place, a few times a second.</summary>
internal sealed class TerminalTrainingReport(TextWriter words, Device device) : TrainingReport(words, device)
{
    private readonly LiveLine line = new(words);
    private Pause pause = new(TimeSpan.FromMilliseconds(200));

    public override void OnStep(in TrainingProgress progress)
    {
        if (progress.Step == progress.Steps || pause.IsOver())
            line.Rewrite((double)progress.Step / progress.Steps, Describe(progress));
    }

    public override void OnEvaluation(long step, ValidationScore evaluation) =>
        line.WriteAbove(string.Create(CultureInfo.InvariantCulture, $"  step {step}: validation loss [bold]{evaluation.Loss:0.0000}[/] nats a token, {evaluation.BitsPerByte:0.0000} bits per byte"));

    public override void OnNotice(string line) => this.line.WriteAbove("  [yellow]" + Markup.Escape(line) + "[/]");

    public override void OnEnd(TrainingOutcome outcome)
    {
        line.Close();
        base.OnEnd(outcome);
    }

    public override void Dispose()
    {
        line.Close();
        base.Dispose();
    }
}
