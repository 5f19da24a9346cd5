using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>
/// The threads of a group of more than one: they run a launch's groups one after the other. Their names end in the
/// multiprocessor and the thread, as ILGPU's do.
/// </summary>
internal sealed unsafe class GroupThreads : IDisposable
{
    /// <summary>What a multiprocessor of an NVIDIA GPU gives a group without being asked for more.</summary>
    private const int SharedBytes = 48 * 1024;
    private const int Alignment = 256;

    private static int instances;

    private readonly Thread[] threads;
    private readonly Barrier launch;
    private readonly Barrier meeting;
    private readonly Barrier finishing;
    private readonly byte* shared = (byte*)NativeMemory.AlignedAlloc(SharedBytes, Alignment);
    private Action? thread;
    private int groups;
    private Exception? failure;
    private volatile bool stopping;

    [ThreadStatic]
    private static int sharedUsed;

    public GroupThreads(int size)
    {
        launch = new Barrier(size + 1);
        meeting = new Barrier(size);
        finishing = new Barrier(size);
        threads = new Thread[size];
        int instance = Interlocked.Increment(ref instances);
        for (int i = 0; i < size; i++)
        {
            int index = i;
            threads[i] = new Thread(() => Serve(index), maxStackSize: 1 << 20) { IsBackground = true, Name = $"Standin_{instance}_CPU_0_{i}" };
            threads[i].Start();
        }
    }

    public int Size => threads.Length;

    /// <summary>Runs <paramref name="thread"/> on every thread of each group; returns when all are done.</summary>
    public void Run(Action thread, int groups)
    {
        this.thread = thread;
        this.groups = groups;
        launch.SignalAndWait();
        launch.SignalAndWait();
        if (failure is Exception thrown)
        {
            failure = null;
            ExceptionDispatchInfo.Throw(thrown);
        }
    }

    /// <summary>Returns when all threads of the group have come here, or one of them has failed.</summary>
    public void Barrier() => meeting.SignalAndWait();

    public ArrayView<T> AllocateShared<T>(int extent)
        where T : unmanaged
    {
        int start = (sharedUsed + Alignment - 1) / Alignment * Alignment;
        long end = start + ((long)extent * sizeof(T));
        if (end > SharedBytes)
            throw new NotSupportedException($"A group has {SharedBytes} bytes of shared memory; this kernel asks for {end}.");
        sharedUsed = (int)end;
        return new ArrayView<T>((T*)(shared + start), extent);
    }

    public void Dispose()
    {
        stopping = true;
        launch.SignalAndWait();
        foreach (Thread served in threads)
            served.Join();
        launch.Dispose();
        meeting.Dispose();
        finishing.Dispose();
        NativeMemory.AlignedFree(shared);
    }

    private void Serve(int index)
    {
        Group.Enter(this, index);
        while (true)
        {
            launch.SignalAndWait();
            if (stopping)
                return;
            for (int group = 0; group < groups; group++)
                RunGroup(index, group);
            launch.SignalAndWait();
        }
    }

    private void RunGroup(int index, int group)
    {
        if (index == 0)
            NativeMemory.Fill(shared, SharedBytes, 0xff);
        sharedUsed = 0;
        Grid.Enter(group, groups);
        meeting.SignalAndWait();
        bool left = false;
        try
        {
            if (Volatile.Read(ref failure) is null)
                thread!();
        }
        catch (Exception thrown)
        {
            // The others must not wait for this thread in the rest of this group.
            Interlocked.CompareExchange(ref failure, thrown, null);
            meeting.RemoveParticipant();
            left = true;
        }

        finishing.SignalAndWait();
        if (left)
            meeting.AddParticipant();
        finishing.SignalAndWait();
    }
}
