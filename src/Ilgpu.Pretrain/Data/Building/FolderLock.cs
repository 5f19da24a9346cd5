namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Held by the process that builds a folder; others that want the same folder wait, and then find it built. It goes with
/// the process, however that ends.
/// </summary>
internal static class FolderLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static IDisposable Take(string path, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException e) when (IsHeld(e))
            {
                cancellation.WaitHandle.WaitOne(Pause);
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Whether a file could not be opened because someone holds it: Windows' ERROR_SHARING_VIOLATION; elsewhere .NET gives errno: EWOULDBLOCK of Linux, of macOS and the BSDs.</summary>
    public static bool IsHeld(IOException e) => e.HResult is unchecked((int)0x80070020) or 11 or 35;
}
