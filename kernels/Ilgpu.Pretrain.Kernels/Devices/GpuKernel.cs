using System.Reflection;
using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A kernel that NVIDIA GPUs run: a static method of a class named after its rung, generic or not. For tests, and for the
/// report of what PTX and its assembler make of each.
/// </summary>
/// <param name="Name">The class, the first argument of a generic one, and the method.</param>
/// <param name="Method">Closed over its type arguments.</param>
internal sealed partial record GpuKernel(string Name, MethodInfo Method)
{
    private const BindingFlags Declared = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    /// <summary>What a class of the ladder ends its name in.</summary>
    private static readonly Rung[] Rungs = [Rung.Naive, Rung.Gpu, Rung.TensorCore];

    public Rung Rung => RungOf(Method.DeclaringType!)!.Value;

    /// <summary>The name of the class without its type arguments.</summary>
    public string ClassName => SimpleName(Method.DeclaringType!);

    /// <summary>The kernels of all rungs but Cpu, by name.</summary>
    public static IReadOnlyList<GpuKernel> All { get; } =
        [.. Types().SelectMany(type => type.GetMethods(Declared).Where(IsKernel).Select(method => Of(type, method))).OrderBy(kernel => kernel.Name, StringComparer.Ordinal)];

    /// <summary>Classes that hold kernels, open where generic.</summary>
    public static IEnumerable<Type> OpenTypes() => typeof(Device).Assembly.GetTypes().Where(type => type.IsClass && RungOf(type) is not null);

    public override string ToString() => Name;

    /// <summary>Naive kernels are known by their index, the others by their names' ending.</summary>
    private static bool IsKernel(MethodInfo method) =>
        RungOf(method.DeclaringType!) == Rung.Naive
            ? method.GetParameters() is [{ } first, ..] && first.ParameterType == typeof(Index1D)
            : method.Name.EndsWith("Kernel", StringComparison.Ordinal);

    private static Rung? RungOf(Type type)
    {
        string name = SimpleName(type);
        return Rungs.Where(rung => name.EndsWith(rung.ToString(), StringComparison.Ordinal)).Select(rung => (Rung?)rung).SingleOrDefault();
    }

    private static IEnumerable<Type> Types() => OpenTypes().SelectMany(type => type.IsGenericTypeDefinition ? Closed(type) : [type]);

    /// <summary>
    /// A generic class closed over every struct that its last argument can be: storages with their elements, sizes that a
    /// kernel is compiled for.
    /// </summary>
    private static IEnumerable<Type> Closed(Type open)
    {
        Type constraint = open.GetGenericArguments()[^1].GetGenericParameterConstraints().Single(required => required.IsInterface);
        return
            from candidate in open.Assembly.GetTypes()
            where candidate.IsValueType && !candidate.IsGenericTypeDefinition
            from implemented in candidate.GetInterfaces()
            where Definition(implemented) == Definition(constraint)
            select open.MakeGenericType([.. implemented.GetGenericArguments(), candidate]);
    }

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private static GpuKernel Of(Type type, MethodInfo method)
    {
        string argument = type.IsGenericType ? $"<{type.GetGenericArguments()[0].Name}>" : string.Empty;
        return new GpuKernel($"{SimpleName(type)}{argument}.{method.Name}", method);
    }

    private static string SimpleName(Type type) => type.Name.Split('`')[0];
}
