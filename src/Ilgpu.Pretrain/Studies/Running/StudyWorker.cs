using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// The work of a worker process: one run after the other, as a study's process asks for them by lines. When nobody asks any more, be
/// it that the study's process was killed, it saves and ends.
/// </summary>
public static class StudyWorker
{
    /// <param name="requests">From the study's process.</param>
    /// <param name="messages">To it.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="cancellation">Asks to save and leave.</param>
    public static void Serve(TextReader requests, TextWriter messages, Device device, CancellationToken cancellation)
    {
        using var datasets = new OpenDatasets();
        var executor = new TrainingExecutor(datasets);
        var reporter = new WorkerReporter(messages);
        var gate = new Lock();
        CancellationTokenSource? current = null;
        var asked = new System.Collections.Concurrent.BlockingCollection<StudyTraining>();
        var listener = new Thread(Listen) { IsBackground = true, Name = "study requests" };
        listener.Start();
        try
        {
            foreach (StudyTraining training in asked.GetConsumingEnumerable(cancellation))
                Train(training);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The study's process was interrupted as well, or sees that this one has ended.
        }

        void Listen()
        {
            while (requests.ReadLine() is { } line)
            {
                if (WorkerRequest.Parse(line).Training is { } training)
                    asked.Add(training, CancellationToken.None);
                else
                    Stop();
            }

            Stop();
            asked.CompleteAdding();
        }

        void Stop()
        {
            lock (gate)
                current?.Cancel();
        }

        void Train(StudyTraining training)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            lock (gate)
                current = stop;
            try
            {
                reporter.Send(new WorkerMessage { Outcome = executor.Run(training, device, reporter, stop.Token) });
            }
            catch (Exception e) when (e is InputException or TrainingDivergedException or DeviceFailedException or IOException or UnauthorizedAccessException or OutOfMemoryException)
            {
                reporter.Send(new WorkerMessage { Failure = WorkerFailure.Of(e) });
            }
            finally
            {
                lock (gate)
                    current = null;
            }
        }
    }
}
