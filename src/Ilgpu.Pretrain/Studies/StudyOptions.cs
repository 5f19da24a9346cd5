namespace Ilgpu.Pretrain.Studies;

/// <summary>How a study is carried out: what changes none of its results.</summary>
public sealed record StudyOptions
{
    /// <summary>The folder of runs; datasets, ensembles, tunings and studies lie below it.</summary>
    public required string Out { get; init; }

    public required IStudyProgress Progress { get; init; }

    /// <summary>Results that need not be computed.</summary>
    public StudyLedger Ledger { get; init; } = StudyLedger.Empty;

    /// <summary>Time after which everything is saved and left; null for none.</summary>
    public TimeSpan? Budget { get; init; }
}
