using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>What nvidia-smi says of a GPU.</summary>
/// <param name="Name">The GPU's.</param>
/// <param name="DriverVersion">For example 550.54.15.</param>
/// <param name="UsedBytes">Device memory in use by all programs.</param>
internal sealed record GpuDriver(string Name, string DriverVersion, long UsedBytes)
{
    /// <param name="specification">cuda:N; other devices have no driver.</param>
    /// <returns>Null where there is no nvidia-smi, or it does not know the GPU.</returns>
    public static GpuDriver? Ask(string specification)
    {
        if (!specification.StartsWith("cuda", StringComparison.Ordinal))
            return null;
        string index = specification.Contains(':', StringComparison.Ordinal) ? specification.Split(':')[1] : "0";
        try
        {
            var start = new ProcessStartInfo("nvidia-smi", ["--query-gpu=name,driver_version,memory.used", "--format=csv,noheader,nounits", "-i", index])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            string[] fields = process.StandardOutput.ReadToEnd().Split(',', StringSplitOptions.TrimEntries);
            process.WaitForExit();
            return process.ExitCode == 0 && fields.Length == 3 && long.TryParse(fields[2], CultureInfo.InvariantCulture, out long mebibytes)
                ? new GpuDriver(fields[0], fields[1], mebibytes << 20)
                : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
