using System.Text;

namespace Ilgpu.Pretrain.Tests;

/// <summary>An empty folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pretrain-test-").FullName;

    /// <summary>The path of something in it.</summary>
    public string this[params string[] parts] => System.IO.Path.Combine([Path, .. parts]);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
