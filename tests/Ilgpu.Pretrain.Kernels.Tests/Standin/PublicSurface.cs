using System.Reflection;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// What a type offers to other assemblies, as one line of text each: its kind, its type parameters with their
/// constraints, what it inherits, and its members with the inherited ones. Works on types that were loaded to be looked
/// at only.
/// </summary>
internal static class PublicSurface
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    /// <summary>What <paramref name="part"/> offers and <paramref name="whole"/> does not: nothing, if the first can stand in for the second.</summary>
    public static IReadOnlyList<string> Missing(IEnumerable<Type> part, IEnumerable<Type> whole)
    {
        Dictionary<string, Type> byName = whole.ToDictionary(FullName);
        var missing = new List<string>();
        foreach (Type type in part)
        {
            if (byName.TryGetValue(FullName(type), out Type? counterpart))
                missing.AddRange(Of(type).Except(Of(counterpart)).Select(line => $"{FullName(type)}: {line}"));
            else
                missing.Add($"{FullName(type)}: the type");
        }

        return missing;
    }

    /// <summary>All lines of a type.</summary>
    public static IEnumerable<string> Of(Type type)
    {
        yield return "is a " + Kind(type);
        foreach (string line in TypeParameters(type.GetGenericArguments()))
            yield return line;
        for (Type? ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
            yield return "inherits " + Name(ancestor);
        foreach (Type contract in type.GetInterfaces())
            yield return "implements " + Name(contract);
        foreach (MemberInfo member in type.GetMembers(Everything))
        {
            switch (member)
            {
                case FieldInfo field when IsVisible(field):
                    yield return $"{Access(field)} {(field.IsLiteral ? "const" : field.IsStatic ? "static" : "instance")} {Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}";
                    break;
                case MethodBase method when IsVisible(method):
                    yield return Signature(method);
                    break;
            }
        }
    }

    /// <summary>A type's name with its namespace and the types that it is nested in; type parameters are counted, not named.</summary>
    public static string FullName(Type type) =>
        type.IsNested ? FullName(type.DeclaringType!) + "." + type.Name : type.Namespace + "." + type.Name;

    private static string Kind(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : "class";
        string form = type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        return (Carries(type.CustomAttributes, "IsReadOnlyAttribute") ? "readonly " : "") + form + kind;
    }

    private static IEnumerable<string> TypeParameters(Type[] parameters)
    {
        foreach (Type parameter in parameters)
        {
            IEnumerable<string> constraints = parameter.GetGenericParameterConstraints().Select(Name).Order(StringComparer.Ordinal);
            string unmanaged = Carries(parameter.CustomAttributes, "IsUnmanagedAttribute") ? " unmanaged" : "";
            yield return $"type parameter {parameter.GenericParameterPosition} {parameter.Name}: {parameter.GenericParameterAttributes}{unmanaged} {string.Join(", ", constraints)}";
        }
    }

    private static string Signature(MethodBase method)
    {
        string parameters = string.Join(", ", method.GetParameters().Select(Parameter));
        string generics = method.IsGenericMethod ? $"<{string.Join("; ", TypeParameters(method.GetGenericArguments()))}>" : "";
        string result = method is MethodInfo { ReturnParameter: ParameterInfo returned } ? Parameter(returned) + " " : "";
        string extension = Carries(method.CustomAttributes, "ExtensionAttribute") ? "extension " : "";
        return $"{Access(method)} {(method.IsStatic ? "static " : "")}{extension}{result}{method.Name}{generics}({parameters})";
    }

    private static string Parameter(ParameterInfo parameter)
    {
        string direction = parameter.IsOut ? "out " : parameter.IsIn || Carries(parameter.CustomAttributes, "IsReadOnlyAttribute") ? "readonly " : "";
        string fallback = parameter.IsOptional ? $" = {parameter.RawDefaultValue ?? "null"}" : "";
        return $"{direction}{Name(parameter.ParameterType)} {parameter.Name}{fallback}".TrimEnd();
    }

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return "ref " + Name(type.GetElementType()!);
        if (type.IsPointer)
            return Name(type.GetElementType()!) + "*";
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter)
            return type.Name;
        return type.IsGenericType ? $"{FullName(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : FullName(type);
    }

    private static bool IsVisible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(FieldInfo field) => field.IsPublic ? "public" : "protected";

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static bool Carries(IEnumerable<CustomAttributeData> attributes, string name) =>
        attributes.Any(attribute => attribute.AttributeType.Name == name);
}
