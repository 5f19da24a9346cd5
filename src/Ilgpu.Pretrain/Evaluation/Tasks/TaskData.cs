namespace Ilgpu.Pretrain.Evaluation;

/// <summary>The rows that are asked, with the examples before them.</summary>
/// <param name="Task">Of what kind.</param>
/// <param name="Files">Where the rows are from.</param>
/// <param name="Items">The rows, behind the examples.</param>
/// <param name="Shots">Examples before each row.</param>
/// <param name="ShotsFrom">Where those are from, in words; null without any.</param>
public sealed record TaskData(EvaluationTask Task, IReadOnlyList<string> Files, IReadOnlyList<TaskItem> Items, int Shots, string? ShotsFrom)
{
    /// <summary>Of the published figures, which lie among a task's files and have none of its rows.</summary>
    internal const string PublishedFileName = "models_summary.jsonl";

    private const string FilePattern = "*.jsonl";

    /// <summary>Reads a task's files.</summary>
    /// <param name="task">Of what kind.</param>
    /// <param name="path">A file, or a folder of them.</param>
    /// <param name="shots">
    /// Examples before each row: the first ones of <paramref name="shotsPath"/>, or without that the first ones of the file
    /// itself, which are then not asked.
    /// </param>
    /// <param name="shotsPath">A file of examples, or null.</param>
    /// <param name="limit">Rows of each file at most, the first ones that are not examples; null for all.</param>
    /// <exception cref="InputException">There are no such files, a row is wrong, or there are not so many examples.</exception>
    public static TaskData Read(EvaluationTask task, string path, int shots, string? shotsPath, int? limit)
    {
        InputException.ThrowUnless(shots >= 0, "--shots", shots, "a whole number from 0");
        InputException.ThrowUnless(limit is null or >= 1, "--limit", limit, "a whole number from 1");
        if (shots > 0 && !task.TakesShots)
            throw new InputException($"--shots was given {shots}; '{task.Name}' compares whole texts, which take no examples before them.");
        if (shots == 0 && shotsPath is not null)
            throw new InputException($"--shots-data was given '{shotsPath}' without --shots, which says how many examples to take of it.");
        IReadOnlyList<string> files = FilesOf(task, path);
        IReadOnlyList<TaskItem>[] rows = [.. files.Select(task.ReadFile)];
        IReadOnlyList<TaskItem> examples = shots == 0 ? [] : shotsPath is null ? rows[0] : task.ReadFile(shotsPath);
        if (examples.Count < shots || (shots > 0 && shotsPath is null && rows[0].Count == shots))
            throw new InputException($"--shots was given {shots}; '{shotsPath ?? files[0]}' has {examples.Count} rows{(shotsPath is null ? ", of which one at least has to be asked" : "")}.");
        int skipped = shotsPath is null ? shots : 0;
        string before = string.Concat(examples.Take(shots).Select(example => example.Solved + EvaluationTask.BetweenShots));
        return new TaskData(
            task,
            files,
            [.. rows.SelectMany(ofFile => ofFile.Skip(skipped).Take(limit ?? int.MaxValue)).Select(item => item.Behind(before))],
            shots,
            shots == 0 ? null : $"the first {shots} rows of {shotsPath ?? $"{files[0]}, which are not asked"}");
    }

    /// <summary>The files of rows at a path.</summary>
    /// <exception cref="InputException">There are none, or more than the task takes.</exception>
    internal static IReadOnlyList<string> FilesOf(EvaluationTask task, string path)
    {
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new InputException($"--data: '{path}' is not there; '{task.Name}' takes {(task.TakesFolders ? "a file or a folder" : "a file")} of rows that have {task.Takes}.");
        string[] files = RowsIn(path);
        string inner = Path.Combine(path, "data");
        if (files.Length == 0 && Directory.Exists(inner))
            files = RowsIn(inner);
        return files switch
        {
            [] => throw new InputException($"--data: the folder '{path}' has no {FilePattern} file, and none in a folder 'data' of its own."),
            [_, _, ..] when !task.TakesFolders => throw new InputException($"--data: the folder '{path}' has {files.Length} files, and '{task.Name}' takes one: name it ({string.Join(", ", files.Take(3).Select(Path.GetFileName))}{(files.Length > 3 ? ", ..." : "")})."),
            _ => files,
        };
    }

    private static string[] RowsIn(string folder) =>
        [.. Directory.GetFiles(folder, FilePattern).Where(file => Path.GetFileName(file) != PublishedFileName).Order(StringComparer.Ordinal)];
}
