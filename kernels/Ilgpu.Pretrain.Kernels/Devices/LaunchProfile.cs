using System.Collections.Concurrent;
using System.Diagnostics;
using System.Linq.Expressions;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// What the launches of a device's ops cost, op by op, while <see cref="IsOn"/>: number, time until the kernel is done, and
/// managed bytes that the launching thread allocated meanwhile, which are ILGPU's own.
/// </summary>
public sealed class LaunchProfile
{
    private readonly ConcurrentDictionary<string, LaunchTotals> totals = new(StringComparer.Ordinal);
    private readonly Action synchronize;

    internal LaunchProfile(Action synchronize) => this.synchronize = synchronize;

    /// <summary>Whether launches are counted and waited for. Off, they run as they do without a profile.</summary>
    public bool IsOn { get; set; }

    /// <summary>Totals since the last <see cref="Clear"/>, the op that took longest first.</summary>
    public IReadOnlyList<LaunchTotals> ByOp => [.. totals.Values.Where(op => op.Launches > 0).OrderByDescending(op => op.Seconds)];

    public long Launches => totals.Values.Sum(op => op.Launches);

    /// <summary>On the launching thread, by all launches.</summary>
    public long AllocatedBytes => totals.Values.Sum(op => op.AllocatedBytes);

    public void Clear()
    {
        foreach (LaunchTotals op in totals.Values)
            op.Clear();
    }

    /// <summary>A delegate of the same type that launches the same kernel and adds to the op's totals.</summary>
    internal TLaunch Watch<TLaunch>(TLaunch launch, string op)
        where TLaunch : Delegate
    {
        ConstantExpression watched = Expression.Constant(new Watched(this, totals.GetOrAdd(op, name => new LaunchTotals(name))));
        ParameterExpression[] parameters = [.. launch.GetType().GetMethod(nameof(Action.Invoke))!.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType))];
        return Expression.Lambda<TLaunch>(
            Expression.Block(
                Expression.Call(watched, nameof(Watched.Begin), null),
                Expression.Invoke(Expression.Constant(launch), parameters),
                Expression.Call(watched, nameof(Watched.End), null)),
            parameters).Compile();
    }

    /// <summary>One kernel's launch in progress.</summary>
    private sealed class Watched(LaunchProfile profile, LaunchTotals op)
    {
        private long bytesBefore;
        private long started;

        public void Begin()
        {
            if (!profile.IsOn)
                return;
            bytesBefore = GC.GetAllocatedBytesForCurrentThread();
            started = Stopwatch.GetTimestamp();
        }

        public void End()
        {
            if (!profile.IsOn)
                return;
            profile.synchronize();
            op.Add(Stopwatch.GetElapsedTime(started), GC.GetAllocatedBytesForCurrentThread() - bytesBefore);
        }
    }
}
