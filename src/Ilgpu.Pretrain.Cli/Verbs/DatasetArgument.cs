using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>What <c>--data</c> takes: a dataset folder, or a source that is made into one below the output folder.</summary>
internal static class DatasetArgument
{
    /// <summary>Opens the dataset folder, or builds the source's dataset in <c>output/data/NAME</c> (once: the same source is found again).</summary>
    /// <param name="source">A dataset folder or a source.</param>
    /// <param name="choices">For a source.</param>
    /// <param name="outputFolder">Of the verb.</param>
    /// <param name="words">For people.</param>
    /// <param name="cancellation">Stops it.</param>
    public static TokenDataset OpenOrBuild(string source, DatasetChoices choices, string outputFolder, TextWriter words, CancellationToken cancellation)
    {
        if (TokenDataset.IsAt(source))
        {
            choices.RequireNone(source);
            return TokenDataset.Open(source, verify: true);
        }

        var options = new DatasetOptions { Source = source };
        options = options with
        {
            Tokenizer = choices.Tokenizer ?? options.Tokenizer,
            DocumentBytes = DatasetChoices.ParseDocumentBytes(choices.DocumentBytes),
            WholeFiles = choices.WholeFiles,
        };
        return Build(options, DatasetStore.PathOf(Path.Combine(outputFolder, "data"), options), words, cancellation);
    }

    /// <summary>Builds a dataset, or finds it built, and says what it is.</summary>
    public static TokenDataset Build(DatasetOptions options, string folder, TextWriter words, CancellationToken cancellation)
    {
        words.WriteLine($"Dataset: {options.Source}, tokenizer {options.Tokenizer}");
        TokenDataset dataset;
        using (var report = new BuildReport(words))
            dataset = DatasetBuilder.Build(options, folder, report, cancellation);
        DatasetDescription.Write(dataset, words);
        return dataset;
    }
}
