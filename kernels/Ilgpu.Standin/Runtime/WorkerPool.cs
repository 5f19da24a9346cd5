using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ILGPU.Runtime;

/// <summary>
/// The threads of an accelerator: the launching thread and as many more as make up its number. They live as long as the
/// accelerator; an idle one looks out for the next launch for a moment, since in a training step it comes within
/// microseconds, and then sleeps. A launch allocates nothing.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private static readonly long LookOutTicks = Stopwatch.Frequency * 30 / 1_000_000;

    private readonly Thread[] workers;
    private readonly Lock launching = new();
    private readonly object bed = new();
    private int sleepers;
    private volatile bool stopping;

    /// <summary>
    /// The launch's number in the upper half, the parts not yet claimed in the lower. A part is claimed by a
    /// compare-exchange of the whole, so that a thread which comes late to a launch cannot take a part of the next
    /// one by mistake; and a launch with an unclaimed part cannot end, so that a claim proves that the
    /// <see cref="body"/> and <see cref="parts"/> read before it were this launch's.
    /// </summary>
    private long ticket;
    private Action<int>? body;
    private int parts;
    private int finished;
    private Exception? failure;

    public WorkerPool(int threads)
    {
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(Serve) { IsBackground = true, Name = $"CPU accelerator {i + 1}" };
            workers[i].Start();
        }
    }

    /// <summary>The launching thread counts.</summary>
    public int Threads => workers.Length + 1;

    private bool HasUnclaimedParts => (int)Volatile.Read(ref ticket) != 0;

    /// <summary>Calls <paramref name="body"/> once for each of 0 ... <paramref name="parts"/> - 1, on all threads; returns when all are done.</summary>
    public void Run(Action<int> body, int parts)
    {
        lock (launching)
        {
            if (workers.Length == 0 || parts == 1)
            {
                for (int part = 0; part < parts; part++)
                    body(part);
                return;
            }

            this.body = body;
            this.parts = parts;
            finished = 0;
            // A full fence: either this thread sees the sleeper, or the sleeper sees the ticket.
            Interlocked.Exchange(ref ticket, (((ticket >> 32) + 1) << 32) | (uint)parts);
            if (Volatile.Read(ref sleepers) != 0)
                WakeAll();
            Work();
            var wait = default(SpinWait);
            while (Volatile.Read(ref finished) != parts)
                wait.SpinOnce(sleep1Threshold: -1);
            if (failure is Exception thrown)
            {
                failure = null;
                ExceptionDispatchInfo.Throw(thrown);
            }
        }
    }

    public void Dispose()
    {
        stopping = true;
        WakeAll();
        foreach (Thread worker in workers)
            worker.Join();
    }

    private void Serve()
    {
        while (!stopping)
        {
            Work();
            long idleSince = Stopwatch.GetTimestamp();
            while (!HasUnclaimedParts && !stopping)
            {
                if (Stopwatch.GetTimestamp() - idleSince > LookOutTicks)
                    Sleep();
                else
                    Thread.SpinWait(20);
            }
        }
    }

    /// <summary>Claims and runs parts until none is left.</summary>
    private void Work()
    {
        while (true)
        {
            long seen = Volatile.Read(ref ticket);
            int unclaimed = (int)seen;
            if (unclaimed == 0)
                return;
            Action<int> body = this.body!;
            int part = parts - unclaimed;
            if (Interlocked.CompareExchange(ref ticket, seen - 1, seen) != seen)
                continue;
            try
            {
                if (Volatile.Read(ref failure) is null)
                    body(part);
            }
            catch (Exception thrown)
            {
                Interlocked.CompareExchange(ref failure, thrown, null);
            }

            Interlocked.Increment(ref finished);
        }
    }

    private void Sleep()
    {
        lock (bed)
        {
            Interlocked.Increment(ref sleepers);
            while (!HasUnclaimedParts && !stopping)
                Monitor.Wait(bed);
            Interlocked.Decrement(ref sleepers);
        }
    }

    private void WakeAll()
    {
        lock (bed)
            Monitor.PulseAll(bed);
    }
}
