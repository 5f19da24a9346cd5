namespace Ilgpu.Pretrain.Interchange;

/// <summary>What files of others call their neighbours: names, none of which leads anywhere else.</summary>
internal static class NamesInFolder
{
    /// <summary>Whether a text names something in a folder, on any system.</summary>
    public static bool IsOne(string? name) => !string.IsNullOrEmpty(name) && name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;
}
