using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>What a GPU said of a kernel, and of which form of it.</summary>
/// <param name="Device">The GPU.</param>
/// <param name="Date">The day, as yyyy-MM-dd.</param>
/// <param name="Passed">Whether all tests of the kernel's op and rung passed there.</param>
/// <param name="Source">The hash of the source that was tested.</param>
/// <param name="Ptx">The hash of the PTX.</param>
internal sealed record GpuVerdict(string Device, string Date, bool Passed, string Source, string? Ptx);

/// <summary>A kernel's line in the ledger.</summary>
/// <param name="Op">The folder of its op.</param>
/// <param name="Source">The hash of its source.</param>
/// <param name="Ptx">The hash of its PTX; null where no build with ILGPU has seen it.</param>
/// <param name="Gpu">The last verdict of a GPU; null for none yet.</param>
internal sealed record GpuLedgerEntry(string Op, string Source, string? Ptx, GpuVerdict? Gpu)
{
    /// <summary>Whether a GPU has passed the kernel as it is.</summary>
    [JsonIgnore]
    public bool IsProven => Gpu is { Passed: true } verdict && verdict.Source == Source && verdict.Ptx == Ptx;
}

/// <summary>
/// docs/results/kernels.json: for each kernel the hash of its source, of its last PTX, and the last verdict of a GPU.
/// </summary>
/// <remarks>
/// A kernel's source is its op's folder without the files of the Cpu rung, and the folders Storage and Warps that all are
/// made of. That errs on the side of caution: an edit to one rung of an op makes all of its rungs unproven. What a kernel
/// takes from elsewhere shows in its PTX.
/// </remarks>
internal static class GpuLedger
{
    private const string KernelsFolder = "kernels/Ilgpu.Pretrain.Kernels";
    private const int HashDigits = 16;

    public const string RelativePath = "docs/results/kernels.json";

    private static readonly string[] SharedFolders = ["Storage", "Warps"];

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        NewLine = "\n",
    };

    /// <summary>The repository's folder above <paramref name="start"/>, or null where only what was built from it is there.</summary>
    public static string? FindRepository(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ilgpu.Pretrain.sln")))
                return folder.FullName;
        }

        return null;
    }

    public static SortedDictionary<string, GpuLedgerEntry> Read(string file) =>
        File.Exists(file)
            ? new(JsonSerializer.Deserialize<Dictionary<string, GpuLedgerEntry>>(File.ReadAllText(file), Format)!, StringComparer.Ordinal)
            : new(StringComparer.Ordinal);

    public static void Write(string file, SortedDictionary<string, GpuLedgerEntry> ledger) =>
        File.WriteAllText(file, JsonSerializer.Serialize(ledger, Format) + "\n");

    /// <summary>The ledger as it has to be now: present hashes, and the verdicts that it holds.</summary>
    /// <param name="repository">Where the sources are.</param>
    /// <param name="known">The ledger as it is.</param>
    /// <param name="ptxOf">A kernel's PTX, null where it has none; null as a whole: the hashes that are known stay.</param>
    public static SortedDictionary<string, GpuLedgerEntry> Present(
        string repository,
        SortedDictionary<string, GpuLedgerEntry> known,
        Func<GpuKernel, string?>? ptxOf)
    {
        string folder = Path.Combine(repository, KernelsFolder);
        SortedDictionary<string, GpuLedgerEntry> present = new(StringComparer.Ordinal);
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        foreach (GpuKernel kernel in GpuKernel.All)
        {
            string op = OpOf(folder, kernel.ClassName);
            if (!hashes.TryGetValue(op, out string? source))
                hashes[op] = source = SourceHash(folder, op);
            GpuLedgerEntry? before = known.GetValueOrDefault(kernel.Name);
            string? ptx = ptxOf is null ? before?.Ptx : ptxOf(kernel) is { } text ? Hash(text) : null;
            present[kernel.Name] = new GpuLedgerEntry(op, source, ptx, before?.Gpu);
        }

        return present;
    }

    /// <summary>The hash of the sources that an op's GPU kernels are made of: names and texts, in the order of the names.</summary>
    internal static string SourceHash(string kernelsFolder, string op)
    {
        var text = new StringBuilder();
        foreach (string folder in SharedFolders.Append(op))
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(kernelsFolder, folder), "*.cs").Order(StringComparer.Ordinal))
            {
                string name = Path.GetFileName(file);
                if (!name.Contains(nameof(Rung.Cpu), StringComparison.Ordinal))
                    text.Append(folder).Append('/').Append(name).Append('\n').Append(File.ReadAllText(file).ReplaceLineEndings("\n")).Append('\0');
            }
        }

        return Hash(text.ToString());
    }

    internal static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashDigits];

    /// <summary>The folder that has a file named after the class.</summary>
    private static string OpOf(string kernelsFolder, string className) =>
        Directory.EnumerateFiles(kernelsFolder, className + "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(kernelsFolder, file).Split(Path.DirectorySeparatorChar)[0])
            .Where(folder => folder is not ("bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault()
        ?? throw new InvalidOperationException($"No file of the kernels is named after the class {className}.");
}
