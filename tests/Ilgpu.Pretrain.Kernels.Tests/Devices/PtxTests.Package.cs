using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Every kernel that NVIDIA GPUs run compiles for them, to what it promises. No GPU takes part.</summary>
public sealed partial class PtxTests
{
    /// <summary>Instructions of the tensor-core rungs; a kernel of theirs that does without some says so here, with the reason.</summary>
    private static readonly string[] TensorCoreInstructions = ["mma.sync", "ldmatrix", "cp.async.cg", "cp.async.commit_group", "cp.async.wait_group"];

    private static readonly string[] AsynchronousCopies = [.. TensorCoreInstructions.Where(instruction => instruction.StartsWith("cp.async", StringComparison.Ordinal))];

    private static readonly Dictionary<string, string[]> LeftOut = new(StringComparer.Ordinal)
    {
        // The ladder's first version copies by way of registers.
        ["MatmulTensorCore.Version1NTKernel"] = AsynchronousCopies,
        ["MatmulTensorCore.Version1NNKernel"] = AsynchronousCopies,
        ["MatmulTensorCore.Version1TNKernel"] = AsynchronousCopies,
        // One sum a row: bound by memory, each element is used once.
        ["AttentionTensorCore<Head64>.DotsKernel"] = TensorCoreInstructions,
        ["AttentionTensorCore<Head96>.DotsKernel"] = TensorCoreInstructions,
        ["AttentionTensorCore<Head128>.DotsKernel"] = TensorCoreInstructions,
    };

    /// <summary>Kernels that may keep variables in local memory, each with a reason.</summary>
    private static readonly Dictionary<string, string> LocalMemory = new(StringComparer.Ordinal);

    /// <summary>Names of the kernels; types and methods themselves would not survive the runner's serialisation.</summary>
    public static TheoryData<string> Kernels => [.. GpuKernel.All.Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_kernel_compiles_to_PTX_without_loose_ends(string name)
    {
        GpuKernel kernel = GpuKernel.All.Single(kernel => kernel.Name == name);
        string ptx = kernel.Compile();
        Assert.Contains(".entry ", ptx, StringComparison.Ordinal);
        Assert.DoesNotMatch(Extern(), ptx);
        if (kernel.Rung == Rung.Naive)
            return;
        Assert.DoesNotMatch(GenericAccess(), ptx);
        if (!LocalMemory.ContainsKey(name))
            Assert.DoesNotMatch(LocalDepot(), ptx);
        Assert.Empty(UniformBranches.Broken(ptx));
        if (ptx.Contains("bar.sync", StringComparison.Ordinal))
            Assert.Equal(MemoryOrder.Of(MemoryOrder.AsWritten(kernel)), MemoryOrder.Of(ptx));
        if (kernel.Rung != Rung.TensorCore)
            return;
        foreach (string instruction in TensorCoreInstructions.Except(LeftOut.GetValueOrDefault(name, [])))
            Assert.Contains(instruction, ptx, StringComparison.Ordinal);
    }

    /// <summary>No op's kernels go unseen for having another form.</summary>
    [Fact]
    public void Every_rung_has_kernels_here() =>
        Assert.Equal(
            GpuKernel.OpenTypes().Select(type => type.Name).Order(StringComparer.Ordinal),
            GpuKernel.All.Select(kernel => kernel.Method.DeclaringType!.Name).Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex(@"\.extern\s+\.func")]
    private static partial Regex Extern();

    /// <summary>A load or store whose address space is not known: it is looked up at run time.</summary>
    [GeneratedRegex(@"\b(ld|st)\.(v[24]\.)?[bfsu](8|16|32|64)\b")]
    private static partial Regex GenericAccess();

    /// <summary>An array of a thread's own in memory.</summary>
    [GeneratedRegex(@"\.local\s+\.align")]
    private static partial Regex LocalDepot();
}
