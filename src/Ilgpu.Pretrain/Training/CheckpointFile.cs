using Ilgpu.Pretrain.Interchange;

namespace Ilgpu.Pretrain.Training;

/// <summary>A file's length and SHA-256.</summary>
internal sealed record CheckpointFile(long Bytes, string Sha256)
{
    /// <summary>Writes tensors into a new file and brings it to the disk.</summary>
    /// <exception cref="NotFiniteNumberException">A tensor has an element that is not finite.</exception>
    public static CheckpointFile Write(TensorFile tensorFile, string path, IReadOnlyList<NamedTensor> tensors)
    {
        string sha256 = tensorFile.Save(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        return new CheckpointFile(new FileInfo(path).Length, sha256);
    }

    /// <exception cref="InvalidDataException">The file is missing or of another length.</exception>
    public void RequireLength(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new InvalidDataException($"{file.Name} is missing");
        if (file.Length != Bytes)
            throw new InvalidDataException($"{file.Name} has {file.Length} bytes instead of {Bytes}");
    }

    /// <exception cref="InvalidDataException">The file is not what was written.</exception>
    public void RequireContent(string path)
    {
        RequireLength(path);
        using FileStream file = File.OpenRead(path);
        if (ContentDigest.Of(file) != Sha256)
            throw new InvalidDataException($"{Path.GetFileName(path)} is not what was written, by its SHA-256");
    }
}
