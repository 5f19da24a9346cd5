using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("data", HelpText = "Builds a dataset folder of text: tokens, document bounds, split, hashes.")]
internal sealed class DataVerb : ReportingVerb
{
    [Option("source", Default = "dotnet-docs", HelpText = "dotnet-docs (the .NET reference documentation that every SDK carries), a .txt or .md file, or a folder of them.")]
    public string Source { get; set; } = "";

    [Option("tokenizer", Default = "bytes", HelpText = "bytes: one token a byte of UTF-8, and one that ends a document.")]
    public string Tokenizer { get; set; } = "";

    [Option("validation-share", Default = DatasetOptions.DefaultValidationShare, HelpText = "Share of the text held out, as whole documents.")]
    public double ValidationShare { get; set; }

    [Option("split-seed", Default = 0UL, HelpText = "Decides which documents are held out and the order of the others.")]
    public ulong SplitSeed { get; set; }

    [Option("out", Required = true, HelpText = "The dataset's folder: new, empty, or a dataset to be found again or replaced.")]
    public string Out { get; set; } = "";

    public override int Run(CancellationToken cancellation)
    {
        var options = new DatasetOptions
        {
            Source = Source,
            Tokenizer = Tokenizer,
            ValidationShare = ValidationShare,
            SplitSeed = SplitSeed,
        };
        using TokenDataset dataset = DatasetArgument.Build(options, Out, Words, cancellation);
        if (Json)
            JsonOutput.Print(new { folder = Out, dataset.Hash, dataset.Manifest.Train, dataset.Manifest.Validation, dataset.ValidationBytesPerToken });
        return ExitCode.Done;
    }
}
