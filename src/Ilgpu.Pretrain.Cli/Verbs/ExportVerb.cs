using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Interchange;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("export", HelpText = "Writes a run, an ensemble or what was imported as folders that transformers loads: config.json, safetensors, tokenizer, model card.")]
internal sealed class ExportVerb : ReportingVerb
{
    [Value(0, MetaName = "RUN", Required = true, HelpText = "A run's, an ensemble's, an imported model's or ensemble's folder; RUN#CYCLE for a snapshot.")]
    public string Source { get; set; } = "";

    [Option("out", Required = true, HelpText = "A new or empty folder. An ensemble's members get folders in it.")]
    public string Out { get; set; } = "";

    [Option("dtype", Default = StoredType.Fp32, HelpText = "What the weights are rounded to.")]
    public StoredType Type { get; set; }

    [Option("shard-size", HelpText = "Bytes of tensors a safetensors file has at most, as in 500MB, 5GB or 2GiB; default: one file.")]
    public string? ShardSize { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        long? shardBytes = ShardSize is null ? null : ByteCount.Parse("--shard-size", ShardSize);
        IReadOnlyList<string> models = ModelExport.Write(Source, Out, new ExportOptions(Type, shardBytes), Console.Error.WriteLine, cancellation);
        if (Json)
        {
            JsonOutput.Print(new { source = Source, folder = Out, models, dtype = Type, files = models.SelectMany(FilesOf).Select(file => new { file.Path, file.Bytes }) });
        }
        else
        {
            foreach (string model in models)
                Words.WriteLine($"{model}: {string.Join(", ", FilesOf(model).Select(file => $"{Path.GetFileName(file.Path)} ({Units.Bytes(file.Bytes)})"))}");
        }

        return ExitCode.Done;
    }

    private static IEnumerable<(string Path, long Bytes)> FilesOf(string folder) =>
        Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(file => (file, new FileInfo(file).Length));
}
