namespace ILGPU;

/// <summary>What the calling thread wrote before is seen by others before what it writes after.</summary>
public static class MemoryFence
{
    /// <summary>By all threads of the device.</summary>
    public static void DeviceLevel() => Interlocked.MemoryBarrier();
}
