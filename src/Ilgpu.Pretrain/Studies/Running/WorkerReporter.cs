using System.Diagnostics;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Tells the study's process how a run comes along.</summary>
internal sealed class WorkerReporter(TextWriter messages) : ITrainingProgress
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private long told;

    public void Send(WorkerMessage message)
    {
        messages.WriteLine(message.ToLine());
        messages.Flush();
    }

    public void OnStart(TrainingStart start)
    {
        told = 0;
        Send(new WorkerMessage { Start = start });
    }

    public void OnStep(in TrainingProgress progress)
    {
        if (told != 0 && Stopwatch.GetElapsedTime(told) < Pause && progress.Step < progress.Steps)
            return;
        told = Stopwatch.GetTimestamp();
        Send(new WorkerMessage { Progress = progress });
    }

    public void OnEvaluation(long step, ValidationScore evaluation) => Send(new WorkerMessage { Evaluation = new WorkerEvaluation(step, evaluation) });

    public void OnNotice(string line) => Send(new WorkerMessage { Notice = line });
}
