using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("import", HelpText = "Brings a Llama from elsewhere (a Hugging Face folder, an exported ensemble, a llama2.c file) into a folder that generate, eval, continue and export take.")]
internal sealed class ImportVerb : ReportingVerb
{
    [Option("weights", Required = true, HelpText = "A folder with config.json and safetensors, an exported ensemble's with members.json, or a llama2.c .bin file.")]
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
            throw new InputException($"--weights was given '{Weights}', which is not there; it takes a folder with config.json and safetensors, an exported ensemble's folder, or a llama2.c .bin file.");
        ModelFormat format = From ?? ModelImport.Detect(Weights)
            ?? throw new InputException($"--weights was given '{Weights}', whose format is not clear: name it with --from huggingface or llama2c.");
        if (format == ModelFormat.HuggingFace && EnsembleModelFolder.IsAt(Weights))
            Report(ModelImport.FromEnsemble(Weights, Tokenizer, Out, Console.Error.WriteLine, cancellation).Members);
        else if (format == ModelFormat.HuggingFace)
            Report(ModelImport.FromHuggingFace(Weights, Tokenizer, Out, Console.Error.WriteLine, cancellation));
        else
            Report(ModelImport.FromLlama2c(Weights, Tokenizer, Out, Console.Error.WriteLine, cancellation));
        return ExitCode.Done;
    }

    private void Report(ModelFolder model)
    {
        if (!Json)
        {
            WriteWords([model]);
            return;
        }

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

    private void Report(IReadOnlyList<ModelFolder> members)
    {
        if (!Json)
        {
            WriteWords(members);
            return;
        }

        JsonOutput.Print(new
        {
            folder = Out,
            members = members.Select(member => new { folder = member.Location, member.Id, model = member.Config, parameters = member.Config.ParameterCount }),
            tokenizer = members[0].Tokenizer.Description,
            members[0].BeginningOfText,
            members[0].EndsOfText,
        });
    }

    private void WriteWords(IReadOnlyList<ModelFolder> models)
    {
        foreach (ModelFolder model in models)
        {
            LlamaConfig config = model.Config;
            Words.WriteLine($"{model.Location}: {Units.Count(config.ParameterCount)} parameters, {config.Layers} layers of width {config.Hidden}, {config.Heads} heads with {config.KeyValueHeads} for keys and values, {(config.TiedEmbeddings ? "tied" : "untied")} embeddings, context {config.Context}");
        }

        ModelFolder first = models[0];
        Words.WriteLine($"Tokenizer: {first.Tokenizer.Description}, {first.Tokenizer.VocabularySize} tokens; {(first.BeginningOfText is { } start ? $"texts stand behind {first.Tokenizer.Show(start)}" : "nothing stands before a text")}");
    }
}
