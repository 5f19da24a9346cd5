using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Every op at the shapes of a 300M training step, by the best rung that the device runs: FLOP/s, bytes a second, shares of
/// the device's own copy. <c>gpu --device cuda:0 [--json] [--seconds 60]</c>.
/// </summary>
internal static class GpuBench
{
    public static JsonObject Run(Device device, GpuOptions options)
    {
        GpuShapes shapes = options.Tiny ? GpuShapes.Tiny : GpuShapes.Full;
        double? peak = GpuPeaks.Bf16FlopsPerSecond(device.Description.Name);
        var measurements = new JsonArray();
        var failures = new JsonArray();
        var skipped = new JsonArray();
        double copyBytesPerSecond = double.NaN;
        long begin = Stopwatch.GetTimestamp();
        options.Words.WriteLine("| group | op | elements | kernels | us | TFLOP/s | GB/s | of copy |");
        options.Words.WriteLine("|---|---|---|---|---:|---:|---:|---:|");
        foreach (GpuCase each in Cases(device, shapes, options.Tiny))
        {
            if (Stopwatch.GetElapsedTime(begin).TotalSeconds > options.Seconds && !options.Tiny)
            {
                skipped.Add($"{each.Group} {each.Name} {each.Elements}");
                continue;
            }

            try
            {
                (double seconds, string kernels) = Measure(device, each, options.Tiny);
                double bytesPerSecond = each.Bytes / seconds;
                if (each.Name == GpuMemoryCases.Copy)
                    copyBytesPerSecond = bytesPerSecond;
                double? shareOfCopy = each.Group == "memory" && double.IsFinite(copyBytesPerSecond) ? bytesPerSecond / copyBytesPerSecond : null;
                measurements.Add(GpuJson.Of(new
                {
                    each.Group,
                    each.Name,
                    each.Elements,
                    kernels,
                    seconds,
                    each.Flops,
                    each.Bytes,
                    flops_per_second = each.Flops / seconds,
                    bytes_per_second = bytesPerSecond,
                    share_of_copy = shareOfCopy,
                    share_of_peak = each.Elements == "bf16" && each.Flops > 0 ? each.Flops / seconds / peak : null,
                }));
                options.Words.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {each.Group} | {each.Name} | {each.Elements} | {kernels} | {seconds * 1e6:F1} | {each.Flops / seconds / 1e12:F2} | {bytesPerSecond / 1e9:F1} | {shareOfCopy:F2} |"));
            }
#pragma warning disable CA1031 // Whatever a driver throws: one op's failure hides no other's figure.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                string failure = $"{each.Group} {each.Name} {each.Elements}: {exception.Message}";
                failures.Add(failure);
                options.Words.WriteLine(failure);
            }
        }

        JsonObject result = GpuJson.Of(new { peak_flops_per_second = peak, copy_bytes_per_second = copyBytesPerSecond, shapes = shapes.ToString() });
        result["measurements"] = measurements;
        result["failures"] = failures;
        result["out_of_time"] = skipped;
        return result;
    }

    /// <summary>The copy first: shares are of it. What matters most comes before what may run out of time.</summary>
    private static IEnumerable<GpuCase> Cases(Device device, GpuShapes shapes, bool tiny)
    {
        yield return GpuMemoryCases.CopyCase(shapes);
        IEnumerable<GpuCase> rounded = device.Runs(Rung.TensorCore)
            ? [
                .. GpuMatmulCases.Of<BFloat16>(shapes, "bf16"),
                .. GpuAttentionCases.Of<BFloat16>(shapes, tiny, "bf16"),
                .. GpuMemoryCases.Of<BFloat16>(shapes, "bf16"),
            ]
            : [];
        IEnumerable<GpuCase> single =
        [
            .. GpuMemoryCases.InSingle(shapes),
            .. GpuMemoryCases.Of<float>(shapes, "fp32"),
            .. GpuMatmulCases.Of<float>(shapes, "fp32"),
            .. GpuAttentionCases.Of<float>(shapes, tiny, "fp32"),
        ];
        foreach (GpuCase each in rounded.Concat(single))
            yield return each;
    }

    private static (double Seconds, string Kernels) Measure(Device device, GpuCase each, bool tiny)
    {
        using var memory = new OpMemory(device);
        (Action launch, object op) = each.Prepare(memory);
        return (GpuTimer.Seconds(device, tiny, launch), op.GetType().Name.Split('`')[0]);
    }
}
