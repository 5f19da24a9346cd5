namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Whether words go to a person's terminal.</summary>
internal static class Terminal
{
    public static bool IsBehind(TextWriter words) =>
        !(ReferenceEquals(words, Console.Error) ? Console.IsErrorRedirected : Console.IsOutputRedirected);
}
