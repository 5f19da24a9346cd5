using System.Diagnostics;
using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>The folder of a study among the runs: study.json says what became of its steps.</summary>
public sealed class StudyFolder
{
    private const string FileName = "study.json";
    private const string StoreName = "studies";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private long written;

    /// <exception cref="InputException">The folder cannot be made.</exception>
    internal StudyFolder(Study study, string root)
    {
        Location = PathOf(study, root);
        try
        {
            DurableFile.CreateFolder(Location);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The study's folder '{Location}' cannot be written: {e.Message}", e);
        }
    }

    public string Location { get; }

    /// <summary>Where a study's folder lies, or will, in a folder of runs.</summary>
    public static string PathOf(Study study, string root) => Path.Combine(root, StoreName, study.Name);

    /// <summary>Whether a folder is a study's.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>What study.json in a folder says.</summary>
    /// <exception cref="InputException">It is not a study's folder, or the file is damaged.</exception>
    public static StudyRecord Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new InputException($"'{folder}' is not a study's folder: it has no {FileName}.");
        try
        {
            return JsonSerializer.Deserialize<StudyRecord>(File.ReadAllText(path), RunJson.Compact) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is damaged: {RunJson.Describe(e)}", e);
        }
    }

    /// <summary>What became of a study before, or null.</summary>
    internal static StudyRecord? Find(Study study, string root)
    {
        string folder = PathOf(study, root);
        return IsAt(folder) ? Read(folder) : null;
    }

    /// <summary>Writes study.json, unless that was done a moment ago and something will follow.</summary>
    internal void Write(StudyRecord record, bool isLast)
    {
        if (!isLast && written != 0 && Stopwatch.GetElapsedTime(written) < Pause)
            return;
        written = Stopwatch.GetTimestamp();
        DurableFile.WriteAllText(Path.Combine(Location, FileName), JsonSerializer.Serialize(record, RunJson.Indented) + "\n");
    }
}
