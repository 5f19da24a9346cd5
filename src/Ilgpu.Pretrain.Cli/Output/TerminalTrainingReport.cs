using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;
using Spectre.Console;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A line that is rewritten in place, a few times a second.</summary>
internal sealed class TerminalTrainingReport(TextWriter words, Device device) : TrainingReport(words, device)
{
    private const int BarWidth = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private readonly IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(words) });
    private long lastLine;
    private bool lineIsOpen;

    public override void OnStep(in TrainingProgress progress)
    {
        if (progress.Step != progress.Steps && Stopwatch.GetElapsedTime(lastLine) < Interval)
            return;
        lastLine = Stopwatch.GetTimestamp();
        int filled = (int)(BarWidth * progress.Step / progress.Steps);
        string bar = $"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/] ";
        string text = Describe(progress);
        int width = Math.Max(20, console.Profile.Width - BarWidth - 2);
        if (text.Length > width)
            text = text[..width];
        EraseLine();
        console.Markup(bar + Markup.Escape(text));
        lineIsOpen = true;
    }

    public override void OnEvaluation(long step, ValidationScore evaluation) =>
        WriteAbove(string.Create(CultureInfo.InvariantCulture, $"  step {step}: validation loss [bold]{evaluation.Loss:0.0000}[/] nats a token, {evaluation.BitsPerByte:0.0000} bits per byte"));

    public override void OnNotice(string line) => WriteAbove("  [yellow]" + Markup.Escape(line) + "[/]");

    public override void OnEnd(TrainingOutcome outcome)
    {
        CloseLine();
        base.OnEnd(outcome);
    }

    public override void Dispose()
    {
        CloseLine();
        base.Dispose();
    }

    private void WriteAbove(string markup)
    {
        EraseLine();
        console.MarkupLine(markup);
        lineIsOpen = false;
    }

    private void EraseLine()
    {
        if (lineIsOpen)
            Words.Write("\r\u001b[2K");
    }

    private void CloseLine()
    {
        if (lineIsOpen)
            Words.WriteLine();
        lineIsOpen = false;
    }
}
