using System.Globalization;
using System.Text;
using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("tokenizer", HelpText = "Trains a byte-level BPE tokenizer (--out), or shows one: vocabulary, compression, how a text is cut. Writes either as tokenizer.json.")]
internal sealed class TokenizerVerb : ReportingVerb
{
    private const string DefaultSource = "dotnet-docs";
    private const int DefaultVocabulary = 4096;
    private const int ShownTokens = 12;
    private const string DefaultText = "The quick brown fox doesn't jump over 12345 lazy dogs:\n    it waits, naïvely, for 東京.";

    [Value(0, MetaName = "TOKENIZER", HelpText = "A tokenizer to show or to write as tokenizer.json: bytes, or a file as 'data --tokenizer' takes it. Without it, one is trained.")]
    public string? Name { get; set; }

    [Option("source", HelpText = "The text to learn from (default dotnet-docs), or for a TOKENIZER the text to measure its compression on: as 'data --source' takes it.")]
    public string? Source { get; set; }

    [Option("field", Default = DatasetOptions.DefaultTextField, HelpText = "The field of a JSON row that has the text.")]
    public string Field { get; set; } = "";

    [Option("vocabulary", HelpText = "Tokens to end with: special ones, 256 bytes and what is learned; default 4096.")]
    public int? Vocabulary { get; set; }

    [Option("pre-tokenizer", HelpText = "How text is parted before pairs are merged; default gpt2, for a published .tiktoken file its own.")]
    public PreTokenization? PreTokenizer { get; set; }

    [Option("special", HelpText = "Names of special tokens, with commas between them; default <|endoftext|>.")]
    public string? Special { get; set; }

    [Option("threads", HelpText = "Threads that count; default: all cores. The tokenizer does not depend on it.")]
    public int? Threads { get; set; }

    [Option("text", HelpText = "A text to show the tokens of.")]
    public string? Text { get; set; }

    [Option("out", HelpText = "Where the tokenizer is written: a .json file, or a folder that gets a tokenizer.json.")]
    public string? Out { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        Tokenizer tokenizer = Name is null ? Train(cancellation) : Load(Name);
        // Before it is measured: what was learned is not lost if that fails.
        if (Out is not null)
            Write(tokenizer, Out);
        TokenizerCompression? compression = Name is null || Source is not null ? Measure(tokenizer, cancellation) : null;
        int[]? example = Example(tokenizer);
        if (Json)
        {
            JsonOutput.Print(new
            {
                tokenizer.Description,
                tokenizer.VocabularySize,
                tokenizer.Fingerprint,
                special_tokens = tokenizer.AddedTokens,
                file = Out,
                compression,
                example = example is null ? null : new { text = Text ?? DefaultText, ids = example, tokens = example.Select(tokenizer.Show) },
            });
        }
        else
        {
            Print(tokenizer, compression, example);
        }

        return ExitCode.Done;
    }

    private BytePairTokenizer Train(CancellationToken cancellation)
    {
        if (Out is null)
            throw new InputException("--out is required: where the trained tokenizer is written (or name a TOKENIZER to show).");
        InputException.ThrowUnless(Threads is null or >= 1, "--threads", Threads, "a whole number from 1");
        var options = new TokenizerTrainingOptions { Source = Source ?? DefaultSource, Vocabulary = Vocabulary ?? DefaultVocabulary, TextField = Field };
        options = options with
        {
            Pieces = PreTokenizer ?? options.Pieces,
            SpecialTokens = Special is null ? options.SpecialTokens : Special.Split(','),
            Threads = Threads ?? options.Threads,
        };
        Words.WriteLine($"Learning {options.Vocabulary:N0} tokens from {options.Source}, {options.Pieces} pieces");
        using var report = new BuildReport(Words);
        return TokenizerTraining.Train(options, report, cancellation);
    }

    private TokenizerCompression Measure(Tokenizer tokenizer, CancellationToken cancellation)
    {
        using var report = new BuildReport(Words);
        return TokenizerTraining.Measure(tokenizer, Source ?? DefaultSource, Field, report, cancellation);
    }

    private Tokenizer Load(string name)
    {
        if (Vocabulary is not null || Special is not null || Threads is not null)
            throw new InputException($"--vocabulary, --special and --threads are for training; '{name}' is there already.");
        return Tokenizer.Load(name, PreTokenizer);
    }

    private void Write(Tokenizer tokenizer, string path)
    {
        string file = Path.GetExtension(path).Equals(Path.GetExtension(tokenizer.Name), StringComparison.OrdinalIgnoreCase)
            ? path
            : Path.Combine(path, tokenizer.Name);
        tokenizer.SaveTo(file);
        Words.WriteLine($"Written: {file}");
    }

    /// <summary>Of the text asked for; of the usual one null where the tokenizer has not all of its characters.</summary>
    private int[]? Example(Tokenizer tokenizer)
    {
        try
        {
            return tokenizer.Encode(Text ?? DefaultText);
        }
        catch (InputException) when (Text is null)
        {
            return null;
        }
    }

    private void Print(Tokenizer tokenizer, TokenizerCompression? compression, int[]? example)
    {
        Words.WriteLine($"{tokenizer.Description}, {tokenizer.VocabularySize:N0} ids; special tokens: "
            + string.Join(", ", tokenizer.AddedTokens.Where(token => token.Special).Take(ShownTokens).Select(token => $"{token.Content} ({token.Id})").DefaultIfEmpty("none")));
        if (compression is not null)
            Words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Source ?? DefaultSource}: {compression.BytesPerToken:0.000} bytes a token ({compression.Bytes:N0} bytes, {compression.Tokens:N0} tokens), encoded at {compression.MegabytesPerSecond:0.0} MB/s on one thread"));
        Words.WriteLine("Longest tokens: " + string.Join(" ", Longest(tokenizer).Select(token => $"'{TokenText.Visible(token)}'")));
        if (example is null)
            return;
        Words.WriteLine($"Example, {example.Length} tokens:");
        Words.WriteLine("  " + TokenText.Cut(tokenizer, example));
        Words.WriteLine("  " + string.Join(' ', example));
    }

    private static IEnumerable<string> Longest(Tokenizer tokenizer) => Enumerable.Range(0, tokenizer.VocabularySize)
        .Select(id => Encoding.UTF8.GetString(tokenizer.BytesOf(id)))
        .OrderByDescending(token => token.Length)
        .Take(ShownTokens);
}
