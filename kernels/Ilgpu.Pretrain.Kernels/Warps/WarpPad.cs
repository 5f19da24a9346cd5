using System.Collections.Concurrent;
using System.Globalization;
using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Where the 32 threads of a simulated warp exchange operands: what the plain .NET bodies of warp-wide instructions are
/// made of. Each lane deposits its own, all meet once, each reads what it needs.
/// </summary>
/// <remarks>
/// A meeting that does not come about within the time limit is noted as a fault, since an exception would end the process.
/// Now and then a warp is held back, so that a barrier which a kernel lacks shows in its results.
/// </remarks>
internal sealed class WarpPad
{
    public const int Lanes = 32;

    /// <summary>One exchange in so many holds its warp back.</summary>
    private const int MeetingsBetweenDelays = 97;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentDictionary<string, WarpPad> Pads = new(StringComparer.Ordinal);
    private static string? fault;

    [ThreadStatic]
    private static WarpPad? mine;

    [ThreadStatic]
    private static int round;

    [ThreadStatic]
    private static int lane;

    /// <summary>Used in turn, so that a lane which is still reading is not overwritten by one that has gone on.</summary>
    private readonly WarpOperands[][] buffers = [new WarpOperands[Lanes], new WarpOperands[Lanes]];
    private readonly int seed;
    private int arrived;
    private volatile int generation;

    private WarpPad(string name) => seed = name.Aggregate(17, (hash, letter) => (hash * 31) + letter) & 0xff;

    /// <summary>The calling thread's lane.</summary>
    public static int Lane
    {
        get
        {
            _ = Mine;
            return lane;
        }
    }

    private static WarpPad Mine => mine ??= Find();

    /// <summary>What went wrong in the bodies of simulated instructions since it was last asked for, or null.</summary>
    public static string? TakeFault() => Interlocked.Exchange(ref fault, null);

    public static void Report(string what) => Interlocked.CompareExchange(ref fault, what, null);

    /// <summary>Deposits the calling lane's operands and returns all lanes', valid until the exchange after the next.</summary>
    public static WarpOperands[] Exchange(in WarpOperands operands)
    {
        WarpPad pad = Mine;
        WarpOperands[] buffer = pad.buffers[round++ & 1];
        buffer[lane] = operands;
        pad.Meet();
        return buffer;
    }

    /// <summary>Threads of a simulated group are named: anything, multiprocessor, thread, with underscores between.</summary>
    private static WarpPad Find()
    {
        string name = Thread.CurrentThread.Name ?? throw new InvalidOperationException("Warp-wide instructions run on threads of a device with simulated warps.");
        int end = name.LastIndexOf('_');
        int thread = int.Parse(name.AsSpan(end + 1), CultureInfo.InvariantCulture);
        lane = thread % Lanes;
        return Pads.GetOrAdd($"{name[..end]} {thread / Lanes}", static key => new WarpPad(key));
    }

    private void Meet()
    {
        int before = generation;
        if (lane == 0 && (before + seed) % MeetingsBetweenDelays == 0)
            Thread.Sleep(1);
        if (Interlocked.Increment(ref arrived) == Lanes)
        {
            arrived = 0;
            Interlocked.Increment(ref generation);
            return;
        }

        long started = Environment.TickCount64;
        while (generation == before)
        {
            Thread.Yield();
            if (Environment.TickCount64 - started > TimeLimit.TotalMilliseconds)
            {
                Report($"Lane {lane} waited in vain for its warp in group {Grid.IdxX}: not all lanes came to the same instruction.");
                return;
            }
        }
    }
}
