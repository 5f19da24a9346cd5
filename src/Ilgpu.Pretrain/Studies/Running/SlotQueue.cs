using System.Diagnostics;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Work that waits for one of a few slots, each with a thread of its own and something that it works with.</summary>
/// <typeparam name="TSlot">What a slot works with.</typeparam>
internal sealed class SlotQueue<TSlot> : IDisposable
    where TSlot : IDisposable
{
    private readonly Func<int, TSlot> open;
    private readonly Thread[] threads;
    private readonly Lock gate = new();
    private readonly PriorityQueue<Action<Lazy<TSlot>>, (int Priority, long Order)> waiting = new();
    private readonly SemaphoreSlim available = new(0);
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private long order;
    private int active;
    private double activeSince;
    private double busySeconds;
    private double workSeconds;
    private bool isClosed;

    /// <param name="slots">How many.</param>
    /// <param name="open">Makes what the slot of an index works with, on its thread, when it is first needed.</param>
    public SlotQueue(int slots, Func<int, TSlot> open)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slots);
        this.open = open;
        threads = [.. Enumerable.Range(0, slots).Select(slot => new Thread(() => Work(slot)) { Name = $"study slot {slot + 1}" })];
        foreach (Thread thread in threads)
            thread.Start();
    }

    public int Slots => threads.Length;

    public double BusySeconds
    {
        get
        {
            lock (gate)
                return busySeconds + (active > 0 ? clock.Elapsed.TotalSeconds - activeSince : 0);
        }
    }

    public double WorkSeconds
    {
        get
        {
            lock (gate)
                return workSeconds;
        }
    }

    public Task<T> Enqueue<T>(Func<TSlot, T> work, int priority, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            waiting.Enqueue(Carry, (priority, order++));
        }

        available.Release();
        return done.Task;

        void Carry(Lazy<TSlot> slot)
        {
            if (cancellation.IsCancellationRequested)
            {
                done.SetCanceled(cancellation);
                return;
            }

            try
            {
                done.SetResult(work(slot.Value));
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }
    }

    /// <summary>Waits for what is being done; what still waits is done, too, and was cancelled before.</summary>
    public void Dispose()
    {
        lock (gate)
            isClosed = true;
        available.Release(threads.Length);
        foreach (Thread thread in threads)
            thread.Join();
        available.Dispose();
    }

    private void Work(int index)
    {
        var slot = new Lazy<TSlot>(() => open(index), LazyThreadSafetyMode.None);
        while (true)
        {
            available.Wait();
            Action<Lazy<TSlot>> work;
            double started;
            lock (gate)
            {
                if (!waiting.TryDequeue(out work!, out _))
                    break;
                started = clock.Elapsed.TotalSeconds;
                if (active++ == 0)
                    activeSince = started;
            }

            work(slot);
            lock (gate)
            {
                double now = clock.Elapsed.TotalSeconds;
                workSeconds += now - started;
                if (--active == 0)
                    busySeconds += now - activeSince;
            }
        }

        if (slot.IsValueCreated)
            slot.Value.Dispose();
    }
}
