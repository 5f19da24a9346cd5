using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// Work that slots share. Each one that becomes free joins in, until one of them finds nothing left to do; what asked for the work waits
/// for those that joined, and not for slots that are busy with something else.
/// </summary>
internal sealed class SharedWork : IDisposable
{
    private readonly Action<Device> work;
    private readonly Lock gate = new();

    /// <summary>One for whoever asked, until the work is over.</summary>
    private readonly CountdownEvent working = new(1);
    private bool isOver;

    private SharedWork(Action<Device> work) => this.work = work;

    /// <param name="scheduler">Whose slots.</param>
    /// <param name="work">Called at the same time on several devices; comes back when nothing is left to begin.</param>
    /// <param name="priority">As trainings have one.</param>
    /// <param name="cancellation">Asks the slots not to begin.</param>
    /// <exception cref="OperationCanceledException">No slot had begun.</exception>
    public static void Run(IStudyScheduler scheduler, Action<Device> work, int priority, CancellationToken cancellation)
    {
        using var shared = new SharedWork(work);
        Task<bool>[] slots = [.. Enumerable.Range(0, scheduler.Slots).Select(_ => scheduler.Compute(shared.Join, priority, cancellation))];
        Task<bool> first = Task.WhenAny(slots).GetAwaiter().GetResult();
        shared.End();
        first.GetAwaiter().GetResult();
    }

    public void Dispose() => working.Dispose();

    private bool Join(Device device)
    {
        lock (gate)
        {
            if (isOver)
                return false;
            working.AddCount();
        }

        try
        {
            work(device);
            return true;
        }
        finally
        {
            working.Signal();
        }
    }

    private void End()
    {
        lock (gate)
            isOver = true;
        working.Signal();
        working.Wait(CancellationToken.None);
    }
}
