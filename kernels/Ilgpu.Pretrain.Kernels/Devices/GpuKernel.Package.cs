using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Ilgpu.Pretrain.Kernels;

internal sealed partial record GpuKernel
{
    /// <summary>
    /// PTX as ILGPU hands it to the driver of a GPU of sm_80, but for the numbers in its names: ILGPU counts them through a
    /// process, so they are counted again from zero here, and the text of a kernel is always the same.
    /// </summary>
    public string Compile()
    {
        // A context of its own: after one kernel that does not compile, the next of the same context can fail too.
        using var context = Context.Create(builder => builder.CPU().EnableAlgorithms().Optimize(OptimizationLevel.O2));
        PtxIntrinsics.Register(context);
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_78, null!);
        EntryPointDescription entry = Rung == Rung.Naive
            ? EntryPointDescription.FromImplicitlyGroupedKernel(Method)
            : EntryPointDescription.FromExplicitlyGroupedKernel(Method);
        string text = ((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly;
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        return NumberedName().Replace(text, name =>
        {
            if (!numbers.TryGetValue(name.Value, out int number))
                numbers[name.Value] = number = numbers.Count;
            return name.Groups[1].Value + number.ToString(CultureInfo.InvariantCulture);
        });
    }

    /// <summary>A parameter, a label, a function or an array, with ILGPU's number behind its name; not the target, sm_80.</summary>
    [GeneratedRegex(@"\b(?!sm_)([A-Za-z_]\w*_)\d+\b")]
    private static partial Regex NumberedName();
}
