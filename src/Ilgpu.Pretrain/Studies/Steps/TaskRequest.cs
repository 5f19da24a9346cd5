using System.Globalization;
using System.Security.Cryptography;
using Ilgpu.Pretrain.Evaluation;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A task that models are asked.</summary>
/// <param name="Task">Of what kind.</param>
/// <param name="Path">Its file of rows, or folder of them.</param>
/// <param name="Shots">Examples before each row.</param>
/// <param name="ShotsPath">Where those are from; null for the rows' own file.</param>
/// <param name="Limit">Rows of each file; null for all.</param>
internal sealed record TaskRequest(EvaluationTask Task, string Path, int Shots, string? ShotsPath, int? Limit)
{
    public bool IsThere => System.IO.Path.Exists(Path) && (ShotsPath is null || File.Exists(ShotsPath));

    /// <summary>What tells it from other requests and models, but for the content of files that are called alike, wherever they lie.</summary>
    /// <param name="members">Ids of their runs, in order.</param>
    public string KeyOf(IEnumerable<string> members) => Short(string.Join('\n', [
        Task.Name, NameOf(Path), Shots.ToString(CultureInfo.InvariantCulture), ShotsPath is null ? "" : NameOf(ShotsPath), Limit?.ToString(CultureInfo.InvariantCulture) ?? "", .. members]));

    /// <exception cref="InputException">The rows cannot be read.</exception>
    public TaskData Read() => TaskData.Read(Task, Path, Shots, ShotsPath, Limit);

    /// <summary>Of the files' contents; null where they are not there.</summary>
    /// <exception cref="InputException">There are other files than the task takes.</exception>
    public string? FindHash()
    {
        if (!IsThere)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        IReadOnlyList<string> files = TaskData.FilesOf(Task, Path);
        foreach (string file in ShotsPath is null ? files : files.Append(ShotsPath))
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string NameOf(string path) => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path));

    private static string Short(string text) => ContentDigest.IdOf(ContentDigest.Of(text));
}
