using Spectre.Console;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How far something is: a live line on a terminal, a plain one now and then elsewhere. It goes when it is disposed.</summary>
internal sealed class ProgressLine : IDisposable
{
    private readonly TextWriter words;
    private readonly LiveLine? line;
    private Pause pause;

    public ProgressLine(TextWriter words)
    {
        this.words = words;
        line = Terminal.IsBehind(words) ? new LiveLine(words) : null;
        pause = new Pause(line is null ? TimeSpan.FromSeconds(5) : TimeSpan.FromMilliseconds(200));
    }

    /// <summary>Whether it is time to say something again.</summary>
    public bool IsDue() => pause.IsOver();

    /// <param name="share">Done, in [0, 1].</param>
    /// <param name="text">In words.</param>
    public void Rewrite(double share, string text)
    {
        if (line is null)
            words.WriteLine("  " + text);
        else
            line.Rewrite(share, text);
    }

    /// <summary>A line that stays.</summary>
    public void WriteAbove(string text)
    {
        if (line is null)
            words.WriteLine("  " + text);
        else
            line.WriteAbove("  " + Markup.Escape(text));
    }

    public void Dispose() => line?.Erase();
}
