using System.Diagnostics;
using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A process that trains one run after the other for a study. It is started with the first, and anew when it has died.</summary>
internal sealed class WorkerProcess(Func<ProcessStartInfo> start) : IDisposable
{
    private readonly Lock gate = new();
    private Process? process;

    /// <summary>Trains a run in the process, or finds it finished.</summary>
    /// <exception cref="IOException">The process ended in the middle of it; the same run goes on from its last checkpoint.</exception>
    public TrainingOutcome Train(StudyTraining training, ITrainingProgress? progress, CancellationToken cancellation)
    {
        Process worker = Ready();
        Ask(worker, new WorkerRequest(training));
        using CancellationTokenRegistration stop = cancellation.Register(() => Ask(worker, new WorkerRequest(null)));
        while (Read(worker) is { } message)
        {
            if (message.Outcome is { } outcome)
                return outcome;
            if (message.Failure is { } failure)
                throw failure.ToException();
            Tell(progress, message);
        }

        worker.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        throw new IOException(FormattableString.Invariant($"The worker process {worker.Id} ended with exit code {worker.ExitCode} while it trained {training.Folder}: the run goes on from its last checkpoint when the study is started again."));
    }

    public void Dispose()
    {
        if (process is null)
            return;
        lock (gate)
            process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private Process Ready()
    {
        if (process is { HasExited: false })
            return process;
        process?.Dispose();
        ProcessStartInfo info = start();
        info.RedirectStandardInput = true;
        info.RedirectStandardOutput = true;
        process = Process.Start(info) ?? throw new IOException($"The worker process '{info.FileName}' did not start.");
        return process;
    }

    private void Ask(Process worker, WorkerRequest request)
    {
        try
        {
            lock (gate)
            {
                worker.StandardInput.WriteLine(request.ToLine());
                worker.StandardInput.Flush();
            }
        }
        catch (IOException)
        {
            // It has ended: the reading thread sees that.
        }
    }

    private static WorkerMessage? Read(Process worker)
    {
        string? line = worker.StandardOutput.ReadLine();
        try
        {
            return line is null ? null : WorkerMessage.Parse(line);
        }
        catch (JsonException e)
        {
            throw new IOException($"The worker process {worker.Id} wrote '{line}', which is no message: {RunJson.Describe(e)}", e);
        }
    }

    private static void Tell(ITrainingProgress? progress, WorkerMessage message)
    {
        if (message.Start is { } start)
            progress?.OnStart(start);
        if (message.Progress is { } step)
            progress?.OnStep(step);
        if (message.Evaluation is { } evaluation)
            progress?.OnEvaluation(evaluation.Step, evaluation.Score);
        if (message.Notice is { } notice)
            progress?.OnNotice(notice);
    }
}
