namespace Ilgpu.Pretrain.Distillation;

/// <summary>What distillation.json says. Folders are as seen from its own.</summary>
public sealed record DistillationRecord
{
    public required DistillationMethod Method { get; init; }

    /// <summary>How several teachers are taken together.</summary>
    public required TeacherKind Kind { get; init; }

    public required IReadOnlyList<DistillationRun> Teachers { get; init; }

    public required DistillationRun Student { get; init; }

    /// <summary>What the student is compared with.</summary>
    public required DistillationRun Baseline { get; init; }

    /// <summary>Of the soft labels; null for another method.</summary>
    public double? Alpha { get; init; }

    /// <summary>Of the soft labels; null for another method.</summary>
    public double? Temperature { get; init; }

    /// <summary>The student's place in a chain by soft labels, from 1: each later one's own teacher was the student before it.</summary>
    public int? Generation { get; init; }

    /// <summary>Share of synthetic windows in every batch; null where no text was sampled.</summary>
    public double? Weight { get; init; }

    /// <summary>The corpus' id; null where no text was sampled.</summary>
    public string? SyntheticId { get; init; }

    public string? SyntheticFolder { get; init; }

    public long? SyntheticTokens { get; init; }

    /// <summary>The teachers' loss together.</summary>
    public required double TeacherLoss { get; init; }

    /// <summary><see cref="DistillationGain.ShareKept"/>.</summary>
    public double? ShareKept { get; init; }

    /// <summary>Validation tokens that losses are means over.</summary>
    public required long ValidationTokens { get; init; }

    /// <summary>The distillation's name: the hash of what was compared with what.</summary>
    public string Id() => ContentDigest.IdOf(ContentDigest.Of(string.Join(
        '\n',
        [$"{Method}", $"{Kind}", $"{ValidationTokens}", Student.RunId, Baseline.RunId, .. Teachers.Select(teacher => teacher.RunId)])));
}

/// <param name="RunId">Of its configuration.</param>
/// <param name="Folder">The run's, as seen from the distillation's.</param>
/// <param name="ValLoss">In nats a token.</param>
public sealed record DistillationRun(string RunId, string Folder, double ValLoss);
