using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>The folder of a distillation: distillation.json, with a checksum.</summary>
public static class DistillationFolder
{
    private const string RecordFileName = "distillation.json";

    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, RecordFileName));

    /// <summary>Writes a record into its folder in a store, with folders as seen from there.</summary>
    /// <param name="store">The folder of distillations; need not exist.</param>
    /// <param name="record">With folders as seen from here.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static string Write(string store, DistillationRecord record)
    {
        string folder = Path.Combine(store, record.Id());
        ChecksummedJson.WriteFile(
            Path.Combine(folder, RecordFileName),
            record with
            {
                Teachers = [.. record.Teachers.Select(teacher => Seen(teacher))],
                Student = Seen(record.Student),
                Baseline = Seen(record.Baseline),
                SyntheticFolder = record.SyntheticFolder is { } synthetic ? Relative(synthetic) : null,
            },
            $"The distillation's folder '{folder}'");
        return folder;

        DistillationRun Seen(DistillationRun run) => run with { Folder = Relative(run.Folder) };

        string Relative(string other) => Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(other)).Replace('\\', '/');
    }

    /// <exception cref="InputException">The folder is not a distillation's, or was edited.</exception>
    public static DistillationRecord Read(string folder)
    {
        string path = Path.Combine(folder, RecordFileName);
        if (!File.Exists(path))
            throw new InputException($"'{folder}' is not a distillation's folder: it has no {RecordFileName}.");
        return ChecksummedJson.ReadFile<DistillationRecord>(path, "delete it, and 'distill' writes it again");
    }
}
