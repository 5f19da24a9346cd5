namespace Ilgpu.Pretrain.Studies;

/// <summary>The steps that settings refer to.</summary>
internal static class StepNeeds
{
    public static IEnumerable<StudyStep> Of(RunSettings settings)
    {
        if (settings.Data is { } data)
            yield return data;
        if (settings.Tuning is { } tuning)
            yield return tuning;
    }
}
