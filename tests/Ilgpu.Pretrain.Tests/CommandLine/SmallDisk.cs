using System.ComponentModel;
using System.Diagnostics;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>A disk of a few megabytes in memory, for a test alone. Where it cannot be mounted, the test is skipped with the reason.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string FillerName = "filler";

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(int megabytes)
    {
        string path = Directory.CreateTempSubdirectory("pretrain-disk-").FullName;
        if (Call("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path) is { } failure)
        {
            Directory.Delete(path);
            Assert.Skip($"A small disk cannot be mounted here: {failure}");
        }

        return new SmallDisk(path);
    }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Takes up the disk but for so many bytes.</summary>
    public void FillBut(long bytes)
    {
        long free = new DriveInfo(Path).AvailableFreeSpace - bytes;
        File.WriteAllBytes(this[FillerName], new byte[free]);
    }

    public void FreeFiller() => File.Delete(this[FillerName]);

    public void MakeReadOnly()
    {
        string? failure = Call("mount", "-o", "remount,ro", Path);
        Assert.SkipWhen(failure is not null, $"A disk cannot be made read-only here: {failure}");
    }

    public void Dispose()
    {
        if (Call("umount", Path) is not null)
            Call("umount", "-l", Path);
        Directory.Delete(Path);
    }

    /// <returns>What it complained of, or null.</returns>
    private static string? Call(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : errors.Trim();
        }
        catch (Win32Exception e)
        {
            return e.Message;
        }
    }
}
