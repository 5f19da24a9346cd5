using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// The right to write to a run: a file that is held open without sharing. The operating system lets go of it when the
/// process ends, however it ends. Who holds it is told by a second file, since nobody else can read the first.
/// </summary>
internal sealed class RunLock : IDisposable
{
    public const string FileName = "run.lock";
    public const string HolderFileName = "run.lock.holder";

    /// <summary>Whoever looks whether a run is being written has the lock for a moment: no reason to turn a writer away.</summary>
    private const int Attempts = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream file;
    private readonly string holderPath;

    private RunLock(FileStream file, string holderPath)
    {
        this.file = file;
        this.holderPath = holderPath;
    }

    /// <exception cref="RunBusyException">Someone holds it.</exception>
    public static RunLock Acquire(string folder)
    {
        string holderPath = Path.Combine(folder, HolderFileName);
        FileStream file = Hold(folder, holderPath);
        try
        {
            File.WriteAllText(holderPath, $"process {Environment.ProcessId} on {Environment.MachineName}");
        }
        catch
        {
            file.Dispose();
            throw;
        }

        return new RunLock(file, holderPath);
    }

    /// <summary>Whether a process writes to the run. Nothing is written to find out.</summary>
    public static bool IsHeld(string folder)
    {
        string path = Path.Combine(folder, FileName);
        // A process that ends by itself takes the second file away, so the lock is looked at only where there may be one.
        if (!File.Exists(Path.Combine(folder, HolderFileName)) || !File.Exists(path))
            return false;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException e)
        {
            return FolderLock.IsHeld(e);
        }
    }

    public void Dispose()
    {
        File.Delete(holderPath);
        file.Dispose();
    }

    private static FileStream Hold(string folder, string holderPath)
    {
        string path = Path.Combine(folder, FileName);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (FolderLock.IsHeld(e))
            {
                if (attempt == Attempts)
                    throw new RunBusyException($"The run '{folder}' is being written by {ReadHolder(holderPath)}; wait for it or stop it first.", e);
                Thread.Sleep(Pause);
            }
        }
    }

    private static string ReadHolder(string holderPath)
    {
        const string Unknown = "another process";
        try
        {
            return File.ReadAllText(holderPath) is { Length: > 0 } holder ? holder : Unknown;
        }
        catch (IOException)
        {
            return Unknown;
        }
    }
}
