using Ilgpu.Pretrain.Bench;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The ledger of what GPUs said of the kernels, against the kernels as they are.</summary>
public sealed class PtxReportTests
{
    /// <summary>
    /// Skipped, with the names, while there are kernels that no GPU has passed as they are: that is to be seen in every
    /// summary, and is no failure where there is no GPU.
    /// </summary>
    [Fact]
    public void Every_kernel_has_been_passed_by_a_GPU_as_it_is()
    {
        string? repository = GpuLedger.FindRepository(AppContext.BaseDirectory);
        Assert.SkipWhen(repository is null, "the repository is not above these tests: there is nothing to compare with");
        SortedDictionary<string, GpuLedgerEntry> recorded = GpuLedger.Read(Path.Combine(repository!, GpuLedger.RelativePath));
        SortedDictionary<string, GpuLedgerEntry> present = GpuLedger.Present(repository!, recorded, kernel => kernel.Compile());
        string? stale = Stale(present, recorded);
        Assert.SkipWhen(stale is not null, stale ?? string.Empty);
    }

    [Fact]
    public void What_no_GPU_has_passed_is_named_by_class()
    {
        GpuLedgerEntry proven = Entry("a", "b", new GpuVerdict("gpu", "2026-01-01", true, "a", "b"));
        Assert.True(proven.IsProven);
        Assert.False((proven with { Source = "changed" }).IsProven);
        Assert.False((proven with { Ptx = "changed" }).IsProven);
        Assert.False((proven with { Gpu = proven.Gpu! with { Passed = false } }).IsProven);
        Assert.False((proven with { Gpu = null }).IsProven);

        SortedDictionary<string, GpuLedgerEntry> recorded = new(StringComparer.Ordinal) { ["XGpu.AKernel"] = proven, ["XGpu<Single>.BKernel"] = proven };
        Assert.Null(Stale(recorded, recorded));
        SortedDictionary<string, GpuLedgerEntry> present = new(recorded, StringComparer.Ordinal) { ["XGpu<Single>.BKernel"] = proven with { Ptx = "changed" }, ["YGpu.AKernel"] = proven with { Gpu = null } };
        Assert.Equal(
            "2 of 3 kernels have not been passed by a GPU as they are (bench/gpu/check.sh): XGpu, YGpu. "
            + "docs/results/kernels.json does not know the present form of: XGpu, YGpu (bench/gpu/ptx.sh).",
            Stale(present, recorded));
    }

    [Fact]
    public void A_kernels_source_is_its_op_and_what_all_share_but_not_the_Cpu_rung()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ledger-");
        try
        {
            void Write(string file, string text)
            {
                string path = Path.Combine(folder.FullName, file);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, text);
            }

            foreach (string file in new[] { "Op/OpGpu.cs", "Op/OpCpu.cs", "Other/OtherGpu.cs", "Storage/S.cs", "Warps/W.cs" })
                Write(file, "1\n");
            string hash = GpuLedger.SourceHash(folder.FullName, "Op");
            Write("Op/OpGpu.cs", "1\r\n");
            Write("Op/OpCpu.cs", "2\n");
            Write("Other/OtherGpu.cs", "2\n");
            Assert.Equal(hash, GpuLedger.SourceHash(folder.FullName, "Op"));
            foreach (string file in new[] { "Op/OpGpu.cs", "Storage/S.cs", "Warps/W.cs" })
            {
                Write(file, "2\n");
                Assert.NotEqual(hash, hash = GpuLedger.SourceHash(folder.FullName, "Op"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_ledger_is_read_as_it_was_written()
    {
        string file = Path.GetTempFileName();
        try
        {
            SortedDictionary<string, GpuLedgerEntry> ledger = new(StringComparer.Ordinal)
            {
                ["XGpu<Single>.AKernel"] = Entry("a", null, null),
                ["YGpu.AKernel"] = Entry("a", "b", new GpuVerdict("gpu", "2026-01-01", false, "c", "d")),
            };
            GpuLedger.Write(file, ledger);
            Assert.Equal(ledger, GpuLedger.Read(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The same text each time, whatever was compiled before: a hash of it means something.</summary>
    [Fact]
    public void A_kernels_PTX_is_always_the_same()
    {
        GpuKernel kernel = GpuKernel.All[0];
        string first = kernel.Compile();
        _ = GpuKernel.All[1].Compile();
        Assert.Equal(first, kernel.Compile());
        Assert.Contains(".target sm_80", first, StringComparison.Ordinal);
    }

    private static GpuLedgerEntry Entry(string source, string? ptx, GpuVerdict? verdict) => new("X", source, ptx, verdict);

    /// <summary>Which kernels a summary has to name, or null for none.</summary>
    private static string? Stale(SortedDictionary<string, GpuLedgerEntry> present, SortedDictionary<string, GpuLedgerEntry> recorded)
    {
        string[] unproven = [.. present.Where(each => !each.Value.IsProven).Select(each => each.Key)];
        string[] unknown = [.. present.Where(each => recorded.GetValueOrDefault(each.Key) != each.Value).Select(each => each.Key)];
        if (unproven.Length == 0 && unknown.Length == 0)
            return null;
        string text = $"{unproven.Length} of {present.Count} kernels have not been passed by a GPU as they are (bench/gpu/check.sh): {Classes(unproven)}.";
        return unknown.Length == 0
            ? text
            : text + $" {GpuLedger.RelativePath} does not know the present form of: {Classes(unknown)} (bench/gpu/ptx.sh).";
    }

    private static string Classes(string[] kernels) =>
        kernels.Length == 0 ? "none" : string.Join(", ", kernels.Select(kernel => kernel.Split('<', '.')[0]).Distinct());
}
