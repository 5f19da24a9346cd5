namespace Ilgpu.Pretrain.Tests;

/// <summary>The repository that the tests were built in.</summary>
internal static class Repository
{
    /// <summary>Its full path, or null where only the built tests were copied.</summary>
    public static string? Root { get; } = Find();

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ilgpu.Pretrain.sln")))
                return folder.FullName;
        }

        return null;
    }
}
