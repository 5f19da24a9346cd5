namespace Ilgpu.Pretrain.Data;

/// <summary>The files of a dataset folder.</summary>
internal static class DatasetFiles
{
    /// <summary>Goes up with the layout and with the rules that make text of sources, so that older folders are built anew.</summary>
    public const int Format = 2;

    /// <summary><see cref="DatasetManifest"/> as JSON.</summary>
    public const string Manifest = "dataset.json";

    /// <summary>The ids: the training documents in their shuffled order, then the validation documents in theirs.</summary>
    public const string Tokens = "tokens.bin";

    /// <summary>Int64, little-endian: where each document starts in <see cref="Tokens"/>, counted in ids, and where the last one ends.</summary>
    public const string Documents = "documents.bin";
}
