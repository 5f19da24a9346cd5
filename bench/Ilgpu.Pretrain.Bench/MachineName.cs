using System.Globalization;
using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>The machine that figures were measured on: a line for people, and the folder in docs/results.</summary>
internal static class MachineName
{
    private const string CpuInfo = "/proc/cpuinfo";

    /// <summary>For example amd-epyc-zen5-2-cores.</summary>
    public static string Folder
    {
        get
        {
            string words = $"{Processor.Name} {Generation()} {Environment.ProcessorCount} cores";
            string[] parts = new string([.. words.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return string.Join('-', parts);
        }
    }

    public static string Description =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor.Name} ({Generation()}), {Processor.VectorInstructions}, {Environment.ProcessorCount} cores, {Processor.MemoryBytes / (double)(1 << 30):F0} GiB; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; {IlgpuRuntime.Description}; {DateTime.UtcNow:yyyy-MM-dd}");

    /// <summary>A cloud's processors do not say their model: AMD's generation goes by family and model (its revision guides).</summary>
    private static string Generation() => (Field("vendor_id"), Number("cpu family"), Number("model")) switch
    {
        ("AuthenticAMD", 0x17, _) => "zen2",
        ("AuthenticAMD", 0x19, >= 0x10 and < 0x20 or >= 0x60) => "zen4",
        ("AuthenticAMD", 0x19, _) => "zen3",
        ("AuthenticAMD", 0x1A, _) => "zen5",
        (_, { } family, { } model) => $"family {family} model {model}",
        _ => RuntimeInformation.ProcessArchitecture.ToString(),
    };

    private static int? Number(string field) => int.TryParse(Field(field), CultureInfo.InvariantCulture, out int value) ? value : null;

    private static string? Field(string name) => !File.Exists(CpuInfo) ? null : File.ReadLines(CpuInfo)
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(pair => pair.Length == 2 && pair[0] == name)?[1];
}
