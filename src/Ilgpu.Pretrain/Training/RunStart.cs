namespace Ilgpu.Pretrain.Training;

/// <summary>The finished run whose last checkpoint a run starts from, or an imported model, instead of parameters drawn at random.</summary>
public sealed record RunStart
{
    /// <summary>The <see cref="TrainingConfig.Id"/> of the run, which says what its last checkpoint holds; the <see cref="Interchange.ModelFolder.Id"/> of an imported model.</summary>
    public required string RunId { get; init; }

    /// <summary>What is taken from there.</summary>
    public StartState State { get; init; }

    /// <summary>Steps of the data order that are passed over: those that the other run took, where this one goes on with its data.</summary>
    public long DataStep { get; init; }
}
