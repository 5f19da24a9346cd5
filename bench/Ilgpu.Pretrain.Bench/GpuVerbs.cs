using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>The verbs of the GPU check (bench/gpu/check.sh). Each opens a device, reports, and gives one JSON object if asked.</summary>
internal static class GpuVerbs
{
    private static readonly Dictionary<string, Func<Device, GpuOptions, JsonObject>> OnDevice = new(StringComparer.Ordinal)
    {
        ["gpu"] = GpuBench.Run,
        ["gpu-smoke"] = GpuSmoke.Run,
        ["gpu-model"] = GpuModel.Run,
        ["gpu-step"] = GpuStep.Run,
    };

    private static readonly Dictionary<string, Func<string[], int>> OnFiles = new(StringComparer.Ordinal)
    {
        ["gpu-ptx"] = GpuPtx.Run,
        ["gpu-report"] = GpuReport.Run,
        ["gpu-record"] = GpuRecord.Run,
    };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The verb of that name, or null.</summary>
    public static Func<string[], int>? Find(string verb) =>
        OnFiles.GetValueOrDefault(verb) ?? (OnDevice.TryGetValue(verb, out Func<Device, GpuOptions, JsonObject>? run) ? args => RunOnDevice(run, args) : null);

    /// <summary>0, or 1 where the result says that something failed, or 2 for arguments and devices that are not there.</summary>
    private static int RunOnDevice(Func<Device, GpuOptions, JsonObject> run, string[] args)
    {
        if (GpuOptions.Parse(args) is not { } options)
            return 2;
        try
        {
            using var device = Device.Open(options.Device);
            options.Words.WriteLine($"{device.Description.Name}, {device.Threads} multiprocessors; {IlgpuRuntime.Description}");
            JsonObject result = run(device, options);
            result["device"] = JsonSerializer.SerializeToNode(new { device.Description.Specification, device.Description.Name, device.Description.ComputeCapability, device.Description.MemoryBytes }, GpuJson.Format);
            result["ilgpu"] = IlgpuRuntime.Description;
            if (options.Json)
                Console.WriteLine(result.ToJsonString(Indented));
            return result["failures"] is JsonArray { Count: > 0 } ? 1 : 0;
        }
        catch (Exception exception) when (exception is DeviceUnavailableException or InputException)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }
        catch (Exception exception) when (Device.IsFailure(exception))
        {
            Console.Error.WriteLine($"{options.Device} failed: {exception.Message}");
            return 1;
        }
    }
}
