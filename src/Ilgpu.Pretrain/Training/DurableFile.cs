using System.Text;

namespace Ilgpu.Pretrain.Training;

/// <summary>Files that are there as a whole or not at all, whenever the process or the machine stops.</summary>
internal static class DurableFile
{
    /// <summary>The ending of a file that is being written.</summary>
    public const string TemporarySuffix = ".writing";

    /// <summary>Writes beside the target, brings it to the disk, renames.</summary>
    public static void WriteAllText(string path, string text)
    {
        string temporary = path + TemporarySuffix;
        WriteFlushed(temporary, text, FileMode.Create);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes a new file and brings it to the disk.</summary>
    public static void WriteNew(string path, string text) => WriteFlushed(path, text, FileMode.CreateNew);

    private static void WriteFlushed(string path, string text, FileMode mode)
    {
        using var file = new FileStream(path, mode, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
