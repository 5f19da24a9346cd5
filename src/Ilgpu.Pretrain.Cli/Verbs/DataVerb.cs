using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("data", HelpText = "Builds a dataset folder of text: tokens, document bounds, split, tokenizer, hashes. Or shows one: --inspect.")]
internal sealed class DataVerb : ReportingVerb
{
    private const int SampledTokens = 100;
    private const int DefaultSamples = 2;

    [Option("source", Default = "dotnet-docs", HelpText = "dotnet-docs (the .NET reference documentation that every SDK carries; dotnet-docs:NETCore or dotnet-docs:AspNetCore for one pack of it), a .txt, .md, .jsonl or .jsonl.gz file, or a folder of them.")]
    public string Source { get; set; } = "";

    [Option("validation", HelpText = "A file or folder like --source's: all of it is held out, and nothing of --source.")]
    public string? Validation { get; set; }

    [Option("field", Default = DatasetOptions.DefaultTextField, HelpText = "The field of a JSON row that has the text.")]
    public string Field { get; set; } = "";

    [Option("tokenizer", Default = "bytes", HelpText = "bytes; characters (those of the text); bpe:N (N byte-pair tokens, learned from the training documents); or a file: tokenizer.json, vocab.json with merges.txt, .tiktoken, llama2.c's .bin.")]
    public string Tokenizer { get; set; } = "";

    [Option("pre-tokenizer", HelpText = "How bpe:N and .tiktoken files part text before pairs are merged; default gpt2, for published .tiktoken files their own.")]
    public PreTokenization? PreTokenizer { get; set; }

    [Option("separator", HelpText = "The special token behind each document, or none; default: the tokenizer's end of text.")]
    public string? Separator { get; set; }

    [Option("validation-share", HelpText = "Share of the text held out, as whole documents; default .05.")]
    public double? ValidationShare { get; set; }

    [Option("split-seed", Default = 0UL, HelpText = "Decides which documents are held out and the order of the others.")]
    public ulong SplitSeed { get; set; }

    [Option("tokens", HelpText = "Training tokens to keep: the first N in the split's order, the last document cut; default: all.")]
    public long? Tokens { get; set; }

    [Option("deduplicate", HelpText = "Keep documents of the same text once. Without it they are kept, all in the same part.")]
    public bool Deduplicate { get; set; }

    [Option("document-bytes", HelpText = "Cuts files and rows that are longer into documents of at most so many bytes, 16KB for example, at the last end of a paragraph, line, sentence or word before it; default: files are whole. Neighbouring ones may come to both sides of the split.")]
    public string? DocumentBytes { get; set; }

    [Option("whole-files", HelpText = "For --document-bytes: a file or row that was cut is held out whole or not at all.")]
    public bool WholeFiles { get; set; }

    [Option("threads", HelpText = "Threads that encode; default: all cores. The dataset does not depend on it.")]
    public int? Threads { get; set; }

    [Option("out", HelpText = "The dataset's folder: new, empty, or a dataset to be found again or replaced.")]
    public string? Out { get; set; }

    [Option("inspect", HelpText = "Shows the dataset in this folder, checks its hashes and decodes samples; builds nothing.")]
    public string? Inspect { get; set; }

    [Option("samples", HelpText = "For --inspect: documents of each part to show; default 2.")]
    public int? Samples { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        if (Inspect is not null)
            return Show(Inspect);
        if (Samples is not null)
            throw new InputException($"--samples was given {Samples}; it goes with --inspect.");
        if (Out is null)
            throw new InputException("--out is required: the folder to build the dataset in (or --inspect: one to look at).");
        if (Validation is not null && ValidationShare is not null)
            throw new InputException("--validation and --validation-share both say what is held out: give one of them.");
        var options = new DatasetOptions { Source = Source };
        options = options with
        {
            Validation = Validation,
            TextField = Field,
            Tokenizer = Tokenizer,
            Pieces = PreTokenizer,
            Separator = Separator,
            ValidationShare = ValidationShare ?? options.ValidationShare,
            SplitSeed = SplitSeed,
            Tokens = Tokens,
            Deduplicate = Deduplicate,
            DocumentBytes = DatasetChoices.ParseDocumentBytes(DocumentBytes),
            WholeFiles = WholeFiles,
            Threads = Threads ?? options.Threads,
        };
        using TokenDataset dataset = DatasetArgument.Build(options, Out, Words, cancellation);
        if (Json)
            JsonOutput.Print(new { folder = Out, dataset.Manifest });
        return ExitCode.Done;
    }

    private int Show(string folder)
    {
        InputException.ThrowUnless(Samples is null or >= 0, "--samples", Samples, "a whole number from 0");
        if (Out is not null)
            throw new InputException("--inspect shows a dataset and --out builds one: give one of them.");
        using TokenDataset dataset = TokenDataset.Open(folder, verify: true);
        DocumentSample[] samples = [.. DocumentSample.Of(dataset, Samples ?? DefaultSamples, SampledTokens)];
        if (Json)
        {
            JsonOutput.Print(new { folder, dataset.Manifest, verified = true, samples });
            return ExitCode.Done;
        }

        Words.WriteLine("Dataset, unchanged since it was built (hashes compared):");
        DatasetDescription.Write(dataset, Words);
        foreach (DocumentSample sample in samples)
        {
            Words.WriteLine();
            Words.WriteLine($"{sample.Part} document {sample.Number}, {(sample.Ids.Count < sample.Tokens ? $"the first {sample.Ids.Count} of " : "")}{sample.Tokens:N0} tokens:");
            Words.WriteLine("  " + TokenText.Cut(dataset.Tokenizer, sample.Ids));
        }

        return ExitCode.Done;
    }
}
