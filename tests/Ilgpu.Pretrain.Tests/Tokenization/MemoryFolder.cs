namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>
/// A temporary folder for thousands of small files: in memory where the system has such a place, because disks of
/// virtual machines take milliseconds for each.
/// </summary>
internal sealed class MemoryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    public string Path { get; } = Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"pretrain-test-{Guid.NewGuid():N}")).FullName
        : Directory.CreateTempSubdirectory("pretrain-test-").FullName;

    /// <summary>Writes a file, or writes it anew.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, byte[] content)
    {
        string path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
