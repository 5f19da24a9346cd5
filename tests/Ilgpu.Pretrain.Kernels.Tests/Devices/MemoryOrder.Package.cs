using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.IR.Transformations;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// The order in which a kernel loads, stores, waits and exchanges. ILGPU's last transformation at O2, code placement, moves a
/// load from before a barrier to behind it where a block ends in that barrier and then branches on what was loaded.
/// </summary>
internal static partial class MemoryOrder
{
    /// <summary>One line an instruction; loads that follow each other may have changed places.</summary>
    public static string Of(string ptx)
    {
        var order = new List<string>();
        var loads = new List<string>();
        foreach (Match instruction in Instructions().Matches(ptx[ptx.IndexOf(".entry ", StringComparison.Ordinal)..]))
        {
            string name = instruction.Groups["name"].Value;
            if (name.StartsWith("ld.", StringComparison.Ordinal))
            {
                loads.Add(name);
                continue;
            }

            order.AddRange(loads.Order(StringComparer.Ordinal));
            loads.Clear();
            order.Add(name);
        }

        order.AddRange(loads.Order(StringComparer.Ordinal));
        return string.Join('\n', order);
    }

    /// <summary>As <see cref="GpuKernel.Compile"/>, without code placement, and so in the order of the source.</summary>
    public static string AsWritten(GpuKernel kernel)
    {
        using var context = Context.Create(builder => builder.CPU().EnableAlgorithms().Optimize(OptimizationLevel.O2));
        PtxIntrinsics.Register(context);
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_78, null!);
        PropertyInfo transformers = typeof(Backend).GetProperty("KernelTransformers", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var all = (ImmutableArray<Transformer>)transformers.GetValue(backend)!;
        Assert.Single(all.SelectMany(transformer => transformer.Transformations), transformation => transformation is CodePlacement);
        transformers.SetValue(backend, all.Select(WithoutPlacement).ToImmutableArray());
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default)).PTXAssembly;
    }

    private static Transformer WithoutPlacement(Transformer transformer) =>
        Transformer.Create(transformer.Configuration, [.. transformer.Transformations.Where(transformation => transformation is not CodePlacement)]);

    [GeneratedRegex(@"^\s*(@!?%p\d+\s+)?(?<name>(ld\.(shared|global)|st\.(shared|global)|bar\.sync|membar|atom|red|cp\.async\.[a-z]+|ldmatrix|mma|shfl))\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Instructions();
}
