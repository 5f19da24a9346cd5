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
        string path = Path.Combine(folder, FileName);
        string holderPath = Path.Combine(folder, HolderFileName);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (FolderLock.IsHeld(e))
        {
            throw new RunBusyException($"The run '{folder}' is being written by {ReadHolder(holderPath)}; wait for it or stop it first.", e);
        }

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

    public void Dispose()
    {
        File.Delete(holderPath);
        file.Dispose();
    }

    private static string ReadHolder(string holderPath)
    {
        try
        {
            return File.ReadAllText(holderPath);
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
