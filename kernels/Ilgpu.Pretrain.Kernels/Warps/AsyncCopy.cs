using System.Runtime.CompilerServices;
using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Copies from global to shared memory that do not pass through registers and that a thread waits for later, group by group
/// (PTX ISA 7.8, 'cp.async'). A kernel waits for all its copies before it ends.
/// </summary>
/// <remarks>The plain bodies fill the target with NaN and copy when the wait comes that covers it, so that one that was forgotten shows.</remarks>
internal static unsafe class AsyncCopy
{
    private static int outstanding;
    private static int epoch;

    [ThreadStatic]
    private static List<Copy>? copies;

    [ThreadStatic]
    private static int groups;

    [ThreadStatic]
    private static int epochOfCopies;

    /// <summary>How many copies of simulated threads nobody has waited for; they are given up.</summary>
    public static int TakeOutstanding()
    {
        Interlocked.Increment(ref epoch);
        return Interlocked.Exchange(ref outstanding, 0);
    }

    /// <summary>Copies the first <paramref name="bytes"/> (0 or 16) of sixteen bytes and zeroes the rest: <c>cp.async.cg.shared.global</c>.</summary>
    /// <param name="target">In shared memory.</param>
    /// <param name="source">In global memory; an element of it also where nothing is copied.</param>
    /// <param name="bytes">0 or 16.</param>
    [IntrinsicImplementation]
    public static void Copy16(ref Bits128 target, ref Bits128 source, int bytes)
    {
        if (bytes is not (0 or 16))
            WarpPad.Report($"An asynchronous copy was asked for {bytes} bytes; it takes 0 or 16.");
        target = new Bits128 { X = -1, Y = -1, Z = -1, W = -1 };
        CopiesOfThisEpoch().Add(new Copy((Bits128*)Unsafe.AsPointer(ref target), (Bits128*)Unsafe.AsPointer(ref source), bytes == 16, groups));
        Interlocked.Increment(ref outstanding);
    }

    /// <summary>Ends a group of copies: <c>cp.async.commit_group</c>.</summary>
    [IntrinsicImplementation]
    public static void Commit() => groups++;

    /// <summary>Waits until at most the last <paramref name="pending"/> groups are under way: <c>cp.async.wait_group</c>. A constant.</summary>
    [IntrinsicImplementation]
    public static void Wait(int pending)
    {
        List<Copy> underWay = CopiesOfThisEpoch();
        int covered = groups - pending;
        foreach (Copy copy in underWay)
        {
            if (copy.Group >= covered)
                continue;
            *copy.Target = copy.Copies ? *copy.Source : default;
            Interlocked.Decrement(ref outstanding);
        }

        underWay.RemoveAll(copy => copy.Group < covered);
    }

    private static List<Copy> CopiesOfThisEpoch()
    {
        copies ??= [];
        if (epochOfCopies != Volatile.Read(ref epoch))
        {
            epochOfCopies = epoch;
            copies.Clear();
        }

        return copies;
    }

    private readonly struct Copy(Bits128* target, Bits128* source, bool copies, int group)
    {
        public Bits128* Target { get; } = target;

        public Bits128* Source { get; } = source;

        public bool Copies { get; } = copies;

        public int Group { get; } = group;
    }
}
