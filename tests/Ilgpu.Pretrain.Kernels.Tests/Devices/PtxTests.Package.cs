using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Every portable kernel compiles for NVIDIA GPUs. No GPU takes part.</summary>
public sealed class PtxTests
{
    /// <summary>Names of the methods; types and methods themselves would not survive the runner's serialisation.</summary>
    public static TheoryData<string> NaiveKernels => [.. Kernels().Select(Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(NaiveKernels))]
    public void A_naive_kernel_compiles_to_PTX(string name)
    {
        MethodInfo kernel = Kernels().Single(method => Name(method) == name);
        // A context of its own: after one kernel that does not compile, the next of the same context can fail too.
        using var context = Context.Create(builder => builder.CPU().EnableAlgorithms().Optimize(OptimizationLevel.O2));
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_78, null!);
        var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(kernel), default);
        Assert.Contains(".entry " + compiled.Name, compiled.PTXAssembly, StringComparison.Ordinal);
    }

    /// <summary>A kernel is known here by its index parameter; no op's kernels go unseen for having another form.</summary>
    [Fact]
    public void Every_naive_rung_has_kernels_here() =>
        Assert.Equal(
            NaiveTypes().Select(type => type.Name).Order(StringComparer.Ordinal),
            Kernels().Select(method => method.DeclaringType!.Name).Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<Type> NaiveTypes() =>
        typeof(Device).Assembly.GetTypes().Where(type => type.Name.EndsWith("Naive", StringComparison.Ordinal) && type.IsClass);

    private static IEnumerable<MethodInfo> Kernels() =>
        from type in NaiveTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
        let parameters = method.GetParameters()
        where parameters.Length > 0 && parameters[0].ParameterType == typeof(Index1D)
        select method;

    private static string Name(MethodInfo method) => method.DeclaringType!.Name + "." + method.Name;
}
