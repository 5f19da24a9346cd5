namespace Ilgpu.Pretrain;

/// <summary>What folders are called.</summary>
internal static class FolderName
{
    /// <summary>The last part of a path, however it is written: with a separator behind it, or as <c>.</c></summary>
    public static string Of(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
