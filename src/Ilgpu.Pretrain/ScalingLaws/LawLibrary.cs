namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Every law there is. A new one is a file in Laws and a line here.</summary>
public static class LawLibrary
{
    public static IReadOnlyList<ScalingLaw> All { get; } =
    [
        new PowerLaw(PowerLaw.Anything),
        new JointLaw(),
        new ChinchillaLaw(),
        new IsoflopLaw(),
        new OvertrainingLaw(),
        new DownstreamErrorLaw(),
        new RepeatedDataLaw(),
        new AnnealingLaw(),
        new MultiPowerLaw(),
        new TransferLaw(),
        new AverageParametersLaw(),
        new OptimizerSpeedUp(),
        new DataEfficiency(),
        new LogLogLaw(LogLogLaw.Anything),
        new BatchSizeLaw(),
    ];

    /// <exception cref="InputException">There is no law of that name: says which there are.</exception>
    public static ScalingLaw Find(string name) =>
        All.FirstOrDefault(law => law.Name == name)
        ?? throw new InputException($"--law was given '{name}'; it takes one of {string.Join(", ", All.Select(law => law.Name))}.");
}
