namespace Ilgpu.Pretrain.Training;

/// <summary>A run as its folder tells of it. Reading it writes nothing and disturbs nobody who works on the run.</summary>
public sealed record RunSummary
{
    private IReadOnlyDictionary<string, string>? fields;

    public required string Folder { get; init; }

    public required RunState State { get; init; }

    /// <summary>Why the state is <see cref="RunState.Damaged"/>: one line, else null.</summary>
    public string? Damage { get; init; }

    /// <summary>How it diverged, where the state is <see cref="RunState.Diverged"/>; else null.</summary>
    public RunDivergence? Divergence { get; init; }

    /// <summary>Null where it cannot be read.</summary>
    public TrainingConfig? Config { get; init; }

    /// <summary>What came out; null while the run is not finished.</summary>
    public RunResult? Result { get; init; }

    /// <summary>Optimizer steps taken: those of the newest checkpoint, of the last line of metrics while it is running, or that at which it diverged.</summary>
    public long Step { get; init; }

    /// <summary>When the first process went to work, by its clock, in UTC; null where that is not recorded.</summary>
    public string? Started { get; init; }

    /// <summary>The folder's name: the run's id, where a store named it.</summary>
    public string Name => FolderName.Of(Folder);

    /// <summary>The state, and how far the run is where it is not at its end.</summary>
    public string StateInWords => State switch
    {
        RunState.Finished => "finished",
        RunState.Damaged => "damaged",
        RunState.Running => $"running, step {Step} of {Config!.Steps}",
        RunState.Diverged => $"diverged, step {Step} of {Config!.Steps}",
        _ => $"unfinished, step {Step} of {Config!.Steps}",
    };

    /// <summary>By the names of <see cref="RunField.Names"/>; what the run does not have is left out.</summary>
    public IReadOnlyDictionary<string, string> Fields => fields ??= RunField.Of(this);

    public static RunSummary Read(string folder)
    {
        TrainingConfig? config = null;
        RunResult? result = null;
        try
        {
            config = RunFolder.ReadConfig(folder);
            config.Validate();
            result = RunFolder.FindResult(folder, config);
            bool running = result is null && RunLock.IsHeld(folder);
            RunDivergence? divergence = running ? null : RunDivergence.Find(folder, config);
            long? step = result?.Steps ?? divergence?.Step ?? RunFolder.PeekStep(folder, config);
            if (running)
                step = RunFolder.ReadMetrics(folder).LastOrDefault()?.Step ?? step;
            return new RunSummary
            {
                Folder = folder,
                State = result is not null ? RunState.Finished : running ? RunState.Running : divergence is not null ? RunState.Diverged : RunState.Unfinished,
                Divergence = divergence,
                Config = config,
                Result = result,
                Step = step ?? 0,
                Started = RunFolder.ReadEnvironment(folder).Sessions is [{ } first, ..] ? first.Started : null,
            };
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            return new RunSummary { Folder = folder, State = RunState.Damaged, Damage = e.Message, Config = config };
        }
    }
}
