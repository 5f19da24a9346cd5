using System.Diagnostics;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Spaces out what is said: over once every interval.</summary>
internal struct Pause(TimeSpan interval)
{
    private long begun = Stopwatch.GetTimestamp();

    /// <summary>Whether the interval has gone by since the last time it had; then the next one begins.</summary>
    public bool IsOver()
    {
        if (Stopwatch.GetElapsedTime(begun) < interval)
            return false;
        begun = Stopwatch.GetTimestamp();
        return true;
    }
}
