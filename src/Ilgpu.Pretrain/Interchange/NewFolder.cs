namespace Ilgpu.Pretrain.Interchange;

/// <summary>Folders that are there as a whole or not at all.</summary>
internal static class NewFolder
{
    /// <summary>Fills a folder under a temporary name beside the target, then renames it.</summary>
    /// <param name="path">Not there, or an empty folder.</param>
    /// <param name="fill">Gets the temporary folder.</param>
    /// <exception cref="InputException">The path is taken, or cannot be written.</exception>
    /// <exception cref="IOException">The disk is full, or failed.</exception>
    public static void Fill(string path, Action<string> fill)
    {
        RequireFree(path);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string temporary = full + DurableFile.TemporarySuffix;
        try
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
            DurableFile.CreateFolder(temporary);
            try
            {
                fill(temporary);
                if (Directory.Exists(full))
                    Directory.Delete(full);
                DurableFile.RenameFolder(temporary, full);
            }
            catch
            {
                TryDelete(temporary);
                throw;
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>That nothing would be written over.</summary>
    /// <exception cref="InputException">The path is a file, or a folder with something in it.</exception>
    public static void RequireFree(string path)
    {
        if (File.Exists(path))
            throw new InputException($"--out was given '{path}', which is a file; it takes a new or an empty folder.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new InputException($"--out was given '{path}', which has something in it; it takes a new or an empty folder.");
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report; the next attempt deletes it.
        }
    }
}
