namespace Ilgpu.Pretrain.Data;

/// <summary>Makes dataset folders of text.</summary>
public static class DatasetBuilder
{
    /// <summary>
    /// Builds the dataset, or opens the one in the folder when it was made of the same sources with the same options.
    /// Written beside the folder and renamed when complete: a build that fails or is cancelled leaves nothing.
    /// </summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="folder">New, empty, or a dataset folder (which is replaced when it holds another dataset).</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A source, an option or the folder cannot be used.</exception>
    public static TokenDataset Build(
        DatasetOptions options,
        string folder,
        IProgress<BuildProgress>? progress = null,
        CancellationToken cancellation = default) =>
        throw new NotSupportedException($"{options} {folder} {progress} {cancellation}");
}
