namespace Ilgpu.Pretrain.Studies;

/// <summary>What came out of a step.</summary>
public abstract record StepResult
{
    /// <summary>Finished runs that another step may refer to by the step's name, in order.</summary>
    public virtual IReadOnlyList<StudyRun> Runs => [];

    /// <summary>The loss that tables show, in nats a token; null for none.</summary>
    public virtual double? Loss => null;

    /// <summary>What tables say beside the loss.</summary>
    public virtual string Summary => "";
}
