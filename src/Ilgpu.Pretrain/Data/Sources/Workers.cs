using System.Runtime.ExceptionServices;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Loops over independent items on a given number of threads.</summary>
internal static class Workers
{
    /// <summary>Runs the action for 0 to count - 1; what it throws comes out as it is and not wrapped.</summary>
    public static void For(int count, int threads, Action<int> action, CancellationToken cancellation)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, action);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
