using CommandLine;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>One verb of the command line: its options are its properties.</summary>
internal abstract class Verb
{
    /// <summary>Does what the verb says.</summary>
    /// <returns>An exit code.</returns>
    public abstract int Run(CancellationToken cancellation);
}

/// <summary>A verb that reports figures.</summary>
internal abstract class ReportingVerb : Verb
{
    [Option("json", HelpText = "Print one JSON object on standard output; everything else goes to standard error.")]
    public bool Json { get; set; }

    /// <summary>Where words for people go.</summary>
    protected TextWriter Words => Json ? Console.Error : Console.Out;
}
