using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>The options that name the columns of a law's variables: a flag a variable, its name in lower case.</summary>
internal abstract class FitVerbColumns : ReportingVerb
{
    [Option("n" + OneLetterFlags.Suffix, HelpText = "Column of N, parameters; --n is the same, and so on. Columns that are not named are found by their usual names, whatever the case.")]
    public string? N { get; set; }

    [Option("d" + OneLetterFlags.Suffix, HelpText = "Column of D, training tokens.")]
    public string? D { get; set; }

    [Option("u" + OneLetterFlags.Suffix, HelpText = "Column of U, unique tokens.")]
    public string? U { get; set; }

    [Option("k" + OneLetterFlags.Suffix, HelpText = "Column of K, ensemble members.")]
    public string? K { get; set; }

    [Option("m" + OneLetterFlags.Suffix, HelpText = "Column of M, tokens a parameter.")]
    public string? M { get; set; }

    [Option("c" + OneLetterFlags.Suffix, HelpText = "Column of C, compute in FLOPs; where a law has D and no column of it is named, D is C / (6 N).")]
    public string? C { get; set; }

    [Option("x" + OneLetterFlags.Suffix, HelpText = "Column of what is scaled, for power and loglog.")]
    public string? X { get; set; }

    [Option("y" + OneLetterFlags.Suffix, HelpText = "Column of what follows x, for loglog.")]
    public string? Y { get; set; }

    [Option("loss", HelpText = "Column of the loss.")]
    public string? Loss { get; set; }

    [Option("error", HelpText = "Column of the downstream error.")]
    public string? Error { get; set; }

    [Option("weight", HelpText = "Column of the rows' weights, for loglog.")]
    public string? Weight { get; set; }

    [Option("batch", HelpText = "Column of the best batch, for batch-size.")]
    public string? Batch { get; set; }

    [Option("df", HelpText = "Column of the fine-tuning data, for transfer.")]
    public string? FineTuning { get; set; }

    [Option("dt", HelpText = "Column of the data transferred, for transfer.")]
    public string? Transferred { get; set; }

    [Option("n-final", HelpText = "Column of the parameters after pruning, for average-parameters.")]
    public string? FinalParameters { get; set; }

    [Option("prune-from", HelpText = "Column of the share of compute at which pruning begins.")]
    public string? PruneFrom { get; set; }

    [Option("prune-to", HelpText = "Column of the share of compute at which pruning ends.")]
    public string? PruneTo { get; set; }

    [Option("optimizer", HelpText = "Column of the optimizer, for speedup.")]
    public string? Optimizer { get; set; }

    [Option("size", HelpText = "Column of the model size, for speedup.")]
    public string? Size { get; set; }

    [Option("recipe", HelpText = "Column of the recipe, for data-efficiency.")]
    public string? Recipe { get; set; }

    [Option("step", HelpText = "Column of the step, for the laws of loss curves.")]
    public string? Step { get; set; }

    [Option("curve", HelpText = "Column of the curve's name; without it each file is a curve.")]
    public string? Curve { get; set; }

    /// <summary>The columns that were named, by the variables' names.</summary>
    protected Dictionary<string, string> NamedColumns()
    {
        (string Variable, string? Column)[] all =
        [
            ("N", N), ("D", D), ("U", U), ("K", K), ("M", M), ("C", C), ("x", X), ("y", Y), ("loss", Loss), ("error", Error), ("weight", Weight),
            ("batch", Batch), ("DF", FineTuning), ("DT", Transferred), ("N-final", FinalParameters), ("prune-from", PruneFrom), ("prune-to", PruneTo),
            ("optimizer", Optimizer), ("size", Size), ("recipe", Recipe), ("step", Step), ("curve", Curve),
        ];
        return all.Where(each => each.Column is not null).ToDictionary(each => each.Variable, each => each.Column!);
    }
}
