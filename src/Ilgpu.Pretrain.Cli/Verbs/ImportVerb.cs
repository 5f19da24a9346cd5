using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Interchange;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("import", HelpText = "Brings a Llama from elsewhere (a Hugging Face folder, a llama2.c file) into a folder that generate, continue and export take.")]
internal sealed class ImportVerb : ReportingVerb
{
    [Option("weights", Required = true, HelpText = "A folder with config.json and safetensors, or a llama2.c .bin file.")]
    public string Weights { get; set; } = "";

    [Option("from", HelpText = "The format of the weights; default: told by them.")]
    public ModelFormat? From { get; set; }

    [Option("tokenizer", HelpText = "The tokenizer's file or folder; default for a Hugging Face folder: the one in it.")]
    public string? Tokenizer { get; set; }

    [Option("out", Required = true, HelpText = "A new or empty folder.")]
    public string Out { get; set; } = "";

    public override int Run(CancellationToken cancellation)
    {
        if (!Path.Exists(Weights))
            throw new InputException($"--weights was given '{Weights}', which is not there; it takes a folder with config.json and safetensors, or a llama2.c .bin file.");
        ModelFormat format = From ?? ModelImport.Detect(Weights)
            ?? throw new InputException($"--weights was given '{Weights}', whose format is not clear: name it with --from huggingface or llama2c.");
        ModelFolder model = format == ModelFormat.Llama2c
            ? ModelImport.FromLlama2c(Weights, Tokenizer, Out, Console.Error.WriteLine, cancellation)
            : ModelImport.FromHuggingFace(Weights, Tokenizer, Out, Console.Error.WriteLine, cancellation);
        if (Json)
        {
            JsonOutput.Print(new
            {
                folder = Out,
                model.Id,
                model = model.Config,
                parameters = model.Config.ParameterCount,
                tokenizer = model.Tokenizer.Description,
                model.BeginningOfText,
                model.EndsOfText,
            });
        }
        else
        {
            Words.WriteLine($"{Out}: {Units.Count(model.Config.ParameterCount)} parameters, {model.Config.Layers} layers of width {model.Config.Hidden}, {model.Config.Heads} heads with {model.Config.KeyValueHeads} for keys and values, {(model.Config.TiedEmbeddings ? "tied" : "untied")} embeddings, context {model.Config.Context}");
            Words.WriteLine($"Tokenizer: {model.Tokenizer.Description}, {model.Tokenizer.VocabularySize} tokens; {(model.BeginningOfText is { } start ? $"texts stand behind {model.Tokenizer.Show(start)}" : "nothing stands before a text")}");
        }

        return ExitCode.Done;
    }
}
