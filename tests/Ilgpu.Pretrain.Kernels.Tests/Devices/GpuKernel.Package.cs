using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>A kernel that NVIDIA GPUs run: a static method of a class named after its rung, generic in its elements or not.</summary>
/// <param name="Name">The class, the method, and the elements of a generic one.</param>
/// <param name="Method">Closed over its type arguments.</param>
internal sealed record GpuKernel(string Name, MethodInfo Method)
{
    private const BindingFlags Declared = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    /// <summary>What a class of the ladder ends its name in.</summary>
    private static readonly Rung[] Rungs = [Rung.Naive, Rung.Gpu, Rung.TensorCore];

    private static readonly (Type Element, Type Storage)[] Elements =
    [
        (typeof(float), typeof(Fp32Storage)),
        (typeof(BFloat16), typeof(BFloat16Storage)),
    ];

    public Rung Rung => RungOf(Method.DeclaringType!)!.Value;

    /// <summary>The kernels of all rungs but Cpu, by name.</summary>
    public static IReadOnlyList<GpuKernel> All { get; } =
        [.. Types().SelectMany(type => type.GetMethods(Declared).Where(IsKernel).Select(method => Of(type, method))).OrderBy(kernel => kernel.Name, StringComparer.Ordinal)];

    /// <summary>Classes that hold kernels, open where generic.</summary>
    public static IEnumerable<Type> OpenTypes() => typeof(Device).Assembly.GetTypes().Where(type => type.IsClass && RungOf(type) is not null);

    /// <summary>PTX as ILGPU hands it to the driver of a GPU of sm_80.</summary>
    public string Compile()
    {
        // A context of its own: after one kernel that does not compile, the next of the same context can fail too.
        using var context = Context.Create(builder => builder.CPU().EnableAlgorithms().Optimize(OptimizationLevel.O2));
        PtxIntrinsics.Register(context);
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_78, null!);
        EntryPointDescription entry = Rung == Rung.Naive
            ? EntryPointDescription.FromImplicitlyGroupedKernel(Method)
            : EntryPointDescription.FromExplicitlyGroupedKernel(Method);
        return ((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly;
    }

    public override string ToString() => Name;

    /// <summary>Naive kernels are known by their index, the others by their names' ending.</summary>
    private static bool IsKernel(MethodInfo method) =>
        RungOf(method.DeclaringType!) == Rung.Naive
            ? method.GetParameters() is [{ } first, ..] && first.ParameterType == typeof(Index1D)
            : method.Name.EndsWith("Kernel", StringComparison.Ordinal);

    private static Rung? RungOf(Type type)
    {
        string name = type.Name.Split('`')[0];
        return Rungs.Where(rung => name.EndsWith(rung.ToString(), StringComparison.Ordinal)).Select(rung => (Rung?)rung).SingleOrDefault();
    }

    /// <summary>A class that is generic in its elements and their storage is closed for each kind that its constraints take.</summary>
    private static IEnumerable<Type> Types()
    {
        foreach (Type type in OpenTypes())
        {
            if (!type.IsGenericTypeDefinition)
            {
                yield return type;
                continue;
            }

            foreach ((Type element, Type storage) in Elements)
                yield return type.MakeGenericType(element, storage);
        }
    }

    private static GpuKernel Of(Type type, MethodInfo method)
    {
        string elements = type.IsGenericType ? $"<{type.GetGenericArguments()[0].Name}>" : string.Empty;
        return new GpuKernel($"{type.Name.Split('`')[0]}{elements}.{method.Name}", method);
    }
}
