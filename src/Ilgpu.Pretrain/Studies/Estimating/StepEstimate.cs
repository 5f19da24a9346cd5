using Ilgpu.Pretrain.Distillation;

namespace Ilgpu.Pretrain.Studies;

/// <summary>What a step would have to do.</summary>
internal sealed record StepEstimate
{
    private IReadOnlyList<RunEstimate>? referred;

    public static StepEstimate Nothing { get; } = new();

    /// <summary>Runs that it would train, those that are finished among them.</summary>
    public IReadOnlyList<RunEstimate> Runs { get; init; } = [];

    /// <summary>Runs that other steps refer to by this one's name.</summary>
    public IReadOnlyList<RunEstimate> Referred
    {
        get => referred ?? Runs;
        init => referred = value;
    }

    /// <summary>What it would compute beside them: by which model's rate, and how many operations.</summary>
    public IReadOnlyList<(string What, RunEstimate Of, double Flops)> Others { get; init; } = [];

    /// <summary>Why it is only an upper estimate, or null.</summary>
    public string? Note { get; init; }

    public static StepEstimate OfRuns(IEnumerable<RunEstimate> runs) => new() { Runs = [.. runs] };

    /// <summary>Of measuring members together.</summary>
    /// <param name="members">Each over its own validation tokens.</param>
    /// <param name="times">That it is done.</param>
    public static StepEstimate OfMeasuring(IEnumerable<RunEstimate> members, int times = 1) =>
        new() { Others = [.. members.Select(member => ("measured", member, times * member.ValidationFlops))] };

    /// <summary>Of sampling a text.</summary>
    /// <param name="teachers">Who write it.</param>
    /// <param name="tokens">Of the text.</param>
    /// <param name="kind">Whether each token takes all of them, or one.</param>
    public static StepEstimate OfSampling(IReadOnlyList<RunEstimate> teachers, long tokens, TeacherKind kind)
    {
        // A token at a time reaches about half of a forward pass' operations a second.
        const double Slowness = 2;
        double share = kind == TeacherKind.Mix ? 1.0 / teachers.Count : 1;
        return new() { Others = [.. teachers.Select(teacher => ("sampled", teacher, Slowness * share * tokens * teacher.Config.Model.ForwardFlopsPerToken(teacher.Config.Length)))] };
    }

    public StepEstimate And(StepEstimate other) => this with { Others = [.. Others, .. other.Others] };
}
