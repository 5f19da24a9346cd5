namespace Ilgpu.Pretrain.Studies;

/// <summary>study.json: a study's steps, what became of them and what came out. Folders are told as seen from study.json's own.</summary>
public sealed record StudyRecord
{
    public required string Name { get; init; }

    /// <summary>The file's name.</summary>
    public required string File { get; init; }

    /// <summary>When this was written, in UTC.</summary>
    public required string Written { get; init; }

    /// <summary>Since the study was started, the last time.</summary>
    public required double Seconds { get; init; }

    /// <summary>Trainings at a time.</summary>
    public required int Slots { get; init; }

    /// <summary>In which something was trained, measured, built or fitted.</summary>
    public required double BusySeconds { get; init; }

    public required IReadOnlyList<StepRecord> Steps { get; init; }

    internal static StudyRecord Of(StudyOutcome outcome) => new()
    {
        Name = outcome.Study.Name,
        File = Path.GetFileName(outcome.Study.File),
        Written = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        Seconds = outcome.Seconds,
        Slots = outcome.Slots,
        BusySeconds = outcome.BusySeconds,
        Steps = [.. outcome.Steps.Select(step => StepRecord.Of(step, outcome.Folder))],
    };
}
