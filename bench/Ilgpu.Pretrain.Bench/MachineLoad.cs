namespace Ilgpu.Pretrain.Bench;

/// <summary>What else keeps the machine busy, to be told beside what was measured.</summary>
internal static class MachineLoad
{
    private const string LoadAverages = "/proc/loadavg";

    /// <summary>Threads that ran or waited for a core, on average over the last minute, where Linux tells it.</summary>
    public static string LastMinute => File.Exists(LoadAverages) ? File.ReadAllText(LoadAverages).Split(' ')[0] : "unknown";
}
