using System.Globalization;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How a study comes along: a line for each step that ends and each run, and one for what is being trained. From any thread.</summary>
internal sealed class StudyReport(TextWriter words, Study study) : IStudyProgress, IDisposable
{
    private readonly Lock gate = new();
    private readonly SideBySideReport trainings = new(words);
    private int done;

    public void OnStep(StepReport step)
    {
        if (step.State == StepState.Running)
            return;
        lock (gate)
            trainings.Say($"[{++done}/{study.Steps.Count}] {step.Step.Kind} {step.Step.Name}: {StudyTables.State(step.State)}{Loss(step)}{(step.Message is null ? "" : $": {step.Message}")}");
    }

    public ITrainingProgress? TrainingOf(string name, long steps) => trainings.Add(name, steps);

    public IProgress<SamplingProgress>? SamplingOf(string name) => trainings.AddSampling(name);

    public void OnNotice(string line)
    {
        lock (gate)
            trainings.Say(line);
    }

    /// <summary>Takes the line of what is being trained away.</summary>
    public void EndProgress() => trainings.Dispose();

    public void Dispose() => EndProgress();

    private static string Loss(StepReport step) =>
        step.Result is not { } result ? ""
        : (result.Loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $", {loss:0.0000} nats a token") : "") + (result.Summary.Length > 0 ? $", {result.Summary}" : "");
}
