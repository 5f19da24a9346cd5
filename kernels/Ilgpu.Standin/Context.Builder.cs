using ILGPU.Runtime.CPU;

namespace ILGPU;

public sealed partial class Context
{
    /// <summary>Collects what a context is to hold.</summary>
    public sealed class Builder
    {
        internal Builder()
        {
        }

        internal List<CPUDevice> Devices { get; } = [];
    }
}
