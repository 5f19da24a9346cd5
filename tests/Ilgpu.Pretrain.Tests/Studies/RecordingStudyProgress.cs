using System.Collections.Concurrent;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>Keeps what a study said.</summary>
internal sealed class RecordingStudyProgress : IStudyProgress
{
    private readonly ConcurrentQueue<StepReport> steps = new();
    private readonly ConcurrentQueue<string> trained = new();
    private readonly ConcurrentQueue<string> notices = new();

    /// <summary>Called after each optimizer step of any run.</summary>
    public Action<string, long>? AfterStep { get; set; }

    /// <summary>Called after each token of a batch of any corpus.</summary>
    public Action<string, SamplingProgress>? AfterSample { get; set; }

    public IEnumerable<StepReport> Steps => steps;

    /// <summary>Names of the runs that were begun, in order.</summary>
    public IEnumerable<string> Trained => trained;

    public IEnumerable<string> Notices => notices;

    public void OnStep(StepReport step) => steps.Enqueue(step);

    public ITrainingProgress? TrainingOf(string name, long steps)
    {
        trained.Enqueue(name);
        return new RunProgress(this, name);
    }

    public IProgress<SamplingProgress>? SamplingOf(string name) => new CorpusProgress(this, name);

    public void OnNotice(string line) => notices.Enqueue(line);

    public void Clear()
    {
        steps.Clear();
        trained.Clear();
        notices.Clear();
    }

    private sealed class CorpusProgress(RecordingStudyProgress study, string name) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => study.AfterSample?.Invoke(name, value);
    }

    private sealed class RunProgress(RecordingStudyProgress study, string name) : ITrainingProgress
    {
        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(in TrainingProgress progress) => study.AfterStep?.Invoke(name, progress.Step);

        public void OnEvaluation(long step, ValidationScore evaluation)
        {
        }

        public void OnNotice(string line) => study.OnNotice(line);
    }
}
