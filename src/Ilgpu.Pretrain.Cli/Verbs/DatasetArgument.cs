using System.Security.Cryptography;
using System.Text;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>What <c>--data</c> takes: a dataset folder, or a source that is made into one below the output folder.</summary>
internal static class DatasetArgument
{
    /// <summary>Opens the dataset folder, or builds the source's dataset in <c>output/data/NAME</c> (once: the same source is found again).</summary>
    public static TokenDataset OpenOrBuild(DatasetOptions options, string outputFolder, TextWriter words, CancellationToken cancellation)
    {
        if (TokenDataset.IsAt(options.Source))
            return TokenDataset.Open(options.Source);
        string folder = Path.Combine(outputFolder, "data", $"{NameOf(options.Source)}-{Path.GetFileNameWithoutExtension(options.Tokenizer)}");
        return Build(options, folder, words, cancellation);
    }

    /// <summary>A file's or folder's name, and digits of its full path: another one of the same name is another dataset.</summary>
    private static string NameOf(string source)
    {
        const int Digits = 8;
        if (!Path.Exists(source))
            return source;
        string path = Path.GetFullPath(Path.TrimEndingDirectorySeparator(source));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
        return $"{Path.GetFileNameWithoutExtension(path)}-{hash[..Digits]}";
    }

    public static TokenDataset Build(DatasetOptions options, string folder, TextWriter words, CancellationToken cancellation)
    {
        words.WriteLine($"Dataset: {options.Source}, tokenizer {options.Tokenizer}");
        TokenDataset dataset = DatasetBuilder.Build(options, folder, progress: null, cancellation);
        Describe(dataset, folder, words);
        return dataset;
    }

    private static void Describe(TokenDataset dataset, string folder, TextWriter words)
    {
        DatasetManifest manifest = dataset.Manifest;
        words.WriteLine($"  {folder}: {manifest.Train.Tokens:N0} training tokens ({manifest.Train.Documents:N0} documents), "
            + $"{manifest.Validation.Tokens:N0} validation tokens ({manifest.Validation.Documents:N0} documents), "
            + $"{dataset.ValidationBytesPerToken:0.000} bytes a token");
        words.WriteLine($"  hash {dataset.Hash}");
    }
}
