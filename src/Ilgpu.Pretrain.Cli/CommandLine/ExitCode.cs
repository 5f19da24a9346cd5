namespace Ilgpu.Pretrain.Cli.CommandLine;

/// <summary>What the program says to the shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Wrong arguments, or input that cannot be used.</summary>
    public const int WrongArguments = 2;

    /// <summary>Interrupted, after saving: 128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
