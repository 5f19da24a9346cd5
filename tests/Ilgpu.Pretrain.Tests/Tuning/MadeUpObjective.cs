using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Tuning;

/// <summary>A loss by formula, which refuses to be asked twice and keeps what it was asked.</summary>
internal sealed class MadeUpObjective(Func<TuningPoint, int, double> loss) : ITuningObjective
{
    private readonly HashSet<TuningTrial> asked = [];

    public MadeUpObjective(Func<TuningPoint, double> loss)
        : this((point, _) => loss(point))
    {
    }

    /// <summary>Calls, each with the trials that could run side by side.</summary>
    public List<TuningTrial[]> Calls { get; } = [];

    public IReadOnlyList<TrialOutcome> Run(IReadOnlyList<TuningTrial> trials)
    {
        Assert.NotEmpty(trials);
        Assert.All(trials, trial => Assert.True(asked.Add(trial), $"{trial} was asked for twice"));
        Calls.Add([.. trials]);
        return [.. trials.Select(trial => new TrialOutcome { Loss = loss(trial.Point, trial.Repeat), Runs = [$"{trial.Point} {trial.Repeat}"] })];
    }
}
