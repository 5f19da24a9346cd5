using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>What a verb that trains lets choose of the dataset that it makes of a source, as it was given.</summary>
/// <param name="Tokenizer">As <c>data --tokenizer</c> takes it; null for the default.</param>
/// <param name="DocumentBytes">As <c>data --document-bytes</c> takes it; null for whole files.</param>
/// <param name="WholeFiles">As <c>data --whole-files</c>.</param>
internal sealed record DatasetChoices(string? Tokenizer = null, string? DocumentBytes = null, bool WholeFiles = false)
{
    /// <exception cref="InputException">It is no number of bytes, or too small or large a one.</exception>
    public static int? ParseDocumentBytes(string? given) => given is null
        ? null
        : DatasetOptions.ParseDocumentBytes(given) ?? throw new InputException($"--document-bytes was given '{given}'; it takes {DatasetOptions.DocumentBytesTake}.");

    /// <exception cref="InputException">Something was chosen, where there is a dataset already.</exception>
    public void RequireNone(string folder)
    {
        if (Tokenizer is not null)
            throw new InputException($"--tokenizer was given '{Tokenizer}'; '{folder}' is a dataset folder, which has its own: leave it out.");
        if (DocumentBytes is not null)
            throw new InputException($"--document-bytes was given '{DocumentBytes}'; '{folder}' is a dataset folder, whose documents are what they are: leave it out.");
        if (WholeFiles)
            throw new InputException($"--whole-files was given; '{folder}' is a dataset folder, which is split already: leave it out.");
    }
}
