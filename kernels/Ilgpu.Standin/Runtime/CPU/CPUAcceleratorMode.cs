namespace ILGPU.Runtime.CPU;

/// <summary>How a CPU accelerator runs the threads of a group. The stand-in's groups have one, so that all modes are alike.</summary>
public enum CPUAcceleratorMode
{
    /// <summary>Sequential under a debugger, otherwise parallel.</summary>
    Auto = 0,

    /// <summary>One after the other.</summary>
    Sequential = 1,

    /// <summary>Side by side.</summary>
    Parallel = 2,
}
