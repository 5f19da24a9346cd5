using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ilgpu.Pretrain;

/// <summary>
/// Files and folders that are there as a whole or not at all, whenever the process or the machine stops. A new name
/// outlives a power cut only once the folder that holds it has been brought to the disk, too: that is done on Linux.
/// Windows and macOS have no call for it that .NET reaches; their file systems write names in order through a journal.
/// </summary>
internal static partial class DurableFile
{
    /// <summary>The ending of a file that is being written.</summary>
    public const string TemporarySuffix = ".writing";

    public static void WriteAllText(string path, string text) => Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes beside the target, brings it to the disk, renames.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = path + TemporarySuffix;
        try
        {
            WriteFlushed(temporary, write, FileMode.Create);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }

        SyncFolder(FolderOf(path));
    }

    /// <summary>Writes a new file and brings it to the disk; its name comes there with its folder.</summary>
    public static void WriteNew(string path, string text) => WriteFlushed(path, file => file.Write(Encoding.UTF8.GetBytes(text)), FileMode.CreateNew);

    /// <summary>Makes a folder, and those above it, where there is none.</summary>
    public static void CreateFolder(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full))
            return;
        string above = FolderOf(full);
        CreateFolder(above);
        Directory.CreateDirectory(full);
        SyncFolder(above);
    }

    /// <summary>Gives a folder that was filled under a temporary name its own, beside it.</summary>
    public static void RenameFolder(string temporary, string path)
    {
        SyncFolder(temporary);
        Directory.Move(temporary, path);
        SyncFolder(FolderOf(path));
    }

    /// <summary>Brings the names in a folder to the disk. A file system that cannot is left to its ways.</summary>
    /// <exception cref="IOException">There is no such folder, or the disk failed.</exception>
    public static void SyncFolder(string folder)
    {
        const int ReadOnlyCloseOnExec = 0x80000;
        if (!OperatingSystem.IsLinux())
            return;
        using SafeFileHandle handle = OpenFolder(folder, ReadOnlyCloseOnExec);
        if (handle.IsInvalid)
            throw new IOException($"'{folder}' could not be brought to the disk: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>FileStream and File.OpenHandle refuse folders.</summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFolder(string path, int flags);

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? Path.GetFullPath(path);

    private static void WriteFlushed(string path, Action<Stream> write, FileMode mode)
    {
        using var file = new FileStream(path, mode, FileAccess.Write, FileShare.None, bufferSize: 0);
        write(file);
        file.Flush(flushToDisk: true);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }
}
