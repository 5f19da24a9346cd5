using System.Diagnostics;

namespace Ilgpu.Pretrain.Tests;

/// <summary>A file system of a few hundred kilobytes in memory. Skips the test that wants one where none can be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder mountPoint = new();

    public SmallDisk(int kibibytes)
    {
        try
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "a small file system is mounted on Linux only");
            (int code, string error) = Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", mountPoint.Path);
            Assert.SkipUnless(code == 0, $"no small file system could be mounted: {error}");
        }
        catch
        {
            mountPoint.Dispose();
            throw;
        }
    }

    public string Path => mountPoint.Path;

    public void Dispose()
    {
        // Lazily: a file that a failed test left open must not keep it.
        (int code, string error) = Run("umount", "-l", mountPoint.Path);
        if (code != 0)
            throw new IOException($"{mountPoint.Path} is still mounted: {error}");
        mountPoint.Dispose();
    }

    private static (int Code, string Error) Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return (process.ExitCode, error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
