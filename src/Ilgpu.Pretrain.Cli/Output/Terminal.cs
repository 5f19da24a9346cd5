namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Whether words go to a person's terminal.</summary>
internal static class Terminal
{
    /// <summary>Whether who calls the program has put writers of its own in the console's place, which the console itself does not tell.</summary>
    public static bool IsReplaced { get; set; }

    public static bool IsBehind(TextWriter words) =>
        !(IsReplaced || (ReferenceEquals(words, Console.Error) ? Console.IsErrorRedirected : Console.IsOutputRedirected));
}
