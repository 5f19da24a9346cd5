namespace Ilgpu.Pretrain.Bench;

/// <summary>What data sheets promise of dense bf16 products with fp32 accumulation: what a model-FLOPs utilisation is a share of.</summary>
internal static class GpuPeaks
{
    /// <summary>By a part of the name, the more special one first.</summary>
    private static readonly (string NamePart, double FlopsPerSecond)[] Known =
    [
        ("H100 PCIe", 756e12),
        ("H100 NVL", 835e12),
        ("H100", 989.4e12),
        ("H200", 989.4e12),
        ("GH200", 989.4e12),
        ("A100", 312e12),
        ("A800", 312e12),
        ("A40", 149.7e12),
        ("A30", 165e12),
        ("A10", 125e12),
        ("L40S", 362e12),
        ("L4", 121e12),
        ("RTX 4090", 165.2e12),
        ("RTX 3090", 71e12),
    ];

    /// <summary>Null for a GPU that is not listed.</summary>
    public static double? Bf16FlopsPerSecond(string deviceName)
    {
        foreach ((string part, double peak) in Known)
        {
            if (deviceName.Contains(part, StringComparison.OrdinalIgnoreCase))
                return peak;
        }

        return null;
    }
}
