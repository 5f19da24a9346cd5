using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Losses on text with what they were measured on.</summary>
/// <param name="Models">That were measured.</param>
/// <param name="Source">The text.</param>
/// <param name="DatasetHash">Null where it is files.</param>
/// <param name="Losses">What came of it.</param>
/// <param name="Stride">From one window to the next.</param>
/// <param name="Averaging">Of the figures that lead.</param>
/// <param name="Elapsed">What it took.</param>
internal sealed record TextReport(EvaluatedModels Models, string Source, string? DatasetHash, TextLosses Losses, int Stride, EnsembleAveraging Averaging, TimeSpan Elapsed)
{
    /// <summary>All members together.</summary>
    public int All => Losses.Variants.All(Averaging);

    /// <summary>What stands before a text, in words.</summary>
    public string StartRule => DatasetHash is not null ? "The validation part is one text, its documents with the tokens between them; its first token is not predicted."
        : Models.Start is { } start ? $"Every document stands behind {Models.Tokenizer.Show(start)}, as at training; its end is not predicted."
        : $"Nothing stands before a document: {TaskReport.WhyNoStart(Models)}. Its first token is not predicted.";
}
