using System.Text;
using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("generate", HelpText = "Text from a run's newest checkpoint, from an ensemble or from what was imported.")]
internal sealed class GenerateVerb : DeviceVerb
{
    [Value(0, MetaName = "RUN", Required = true, HelpText = "A run's, an ensemble's, an imported model's or ensemble's folder; RUN#CYCLE for a snapshot.")]
    public string RunFolderName { get; set; } = "";

    [Option("prompt", Default = "", HelpText = "The text to continue; empty: a new document.")]
    public string Prompt { get; set; } = "";

    [Option("tokens", Default = 256, HelpText = "New tokens at most; the end of the document ends sooner.")]
    public int Tokens { get; set; }

    [Option("temperature", Default = 1.0, HelpText = "Logits are divided by it; 0 always takes the likeliest token.")]
    public double Temperature { get; set; }

    [Option("top-k", Default = 0, HelpText = "Draw from the K likeliest tokens only; 0: from all.")]
    public int TopK { get; set; }

    [Option("top-p", Default = 1.0, HelpText = "Draw from the likeliest tokens that together reach this probability; 1: from all.")]
    public double TopP { get; set; }

    [Option("average", Default = EnsembleAveraging.Logits, HelpText = "What an ensemble's members are averaged by.")]
    public EnsembleAveraging Average { get; set; }

    [Option("weights", Default = EnsembleWeighting.Equal, HelpText = "How much an ensemble's members count: equal, or learned by 'ensemble --weights learned'.")]
    public EnsembleWeighting Weights { get; set; }

    [Option("seed", Default = 0UL, HelpText = "Of the draws.")]
    public ulong Seed { get; set; }

    [Option("logits", HelpText = "Write the logits behind every token, prompt and all, into this .safetensors file.")]
    public string? Logits { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        var sampling = new SamplingOptions { Temperature = Temperature, TopK = TopK, TopP = TopP, Seed = Seed };
        sampling.Validate();
        InputException.ThrowUnless(Logits is null || Logits.EndsWith(LogitsFile.Extension, StringComparison.Ordinal), "--logits", $"'{Logits}'", $"a file name that ends in {LogitsFile.Extension}");
        using Device device = OpenDevice();
        // A token has a byte at least; a token that begins a text and a space before it may be put in front.
        int most = (int)Math.Min(int.MaxValue, (long)Tokens + Encoding.UTF8.GetByteCount(Prompt) + 2);
        using var trained = TrainedGenerator.Open(device, RunFolderName, Average, Console.Error.WriteLine, Weights, most);
        Tokenizer tokenizer = trained.Tokenizer;
        // A document starts behind the end of another.
        int[] prompt = trained.BeginningOfText is { } beginning ? [beginning, .. tokenizer.Encode(Prompt)] : tokenizer.Encode(Prompt);
        if (prompt.Length == 0)
            throw new InputException("--prompt was given nothing; this model has no token that begins a text to start from, so it takes a text.");
        var generated = new List<int>();
        foreach (int id in trained.Generator.Continue(prompt, Tokens, sampling).TakeWhile(id => !trained.EndsOfText.Contains(id)))
        {
            cancellation.ThrowIfCancellationRequested();
            generated.Add(id);
        }

        int[] ids = [.. prompt, .. generated];
        if (Logits is not null)
            LogitsFile.Write(Logits, trained.Decoder, ids);
        string text = tokenizer.DecodeText(ids);
        if (Json)
            JsonOutput.Print(new { run = RunFolderName, Prompt, Text = text, tokens = generated.Count, prompt_tokens = prompt.Length, ids, ilgpu = IlgpuRuntime.Kind });
        else
            Console.Out.WriteLine(text);
        return ExitCode.Done;
    }
}
