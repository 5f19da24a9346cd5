using Spectre.Console;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A line on a terminal that is rewritten in place, with a bar that fills.</summary>
internal sealed class LiveLine(TextWriter words)
{
    private const int BarWidth = 20;
    private const int NarrowestText = 20;

    private readonly IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(words) });
    private bool isOpen;

    /// <param name="share">Done, in [0, 1].</param>
    /// <param name="text">Cut where the terminal ends.</param>
    public void Rewrite(double share, string text)
    {
        int filled = (int)(BarWidth * Math.Clamp(share, 0, 1));
        string bar = $"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/] ";
        int width = Math.Max(NarrowestText, console.Profile.Width - BarWidth - 2);
        Erase();
        console.Markup(bar + Markup.Escape(text.Length > width ? text[..width] : text));
        isOpen = true;
    }

    /// <summary>A line of its own, where the live one was.</summary>
    public void WriteAbove(string markup)
    {
        Erase();
        console.MarkupLine(markup);
    }

    /// <summary>Leaves the line as it stands.</summary>
    public void Close()
    {
        if (isOpen)
            words.WriteLine();
        isOpen = false;
    }

    public void Erase()
    {
        if (isOpen)
            words.Write("\r\u001b[2K");
        isOpen = false;
    }
}
