using System.Text;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>
/// A member's ID string as the C# compiler writes it into documentation files (C# language specification, annex D.4.2),
/// and what people call the member.
/// </summary>
internal static class MemberId
{
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["System.Boolean"] = "bool",
        ["System.Byte"] = "byte",
        ["System.Char"] = "char",
        ["System.Decimal"] = "decimal",
        ["System.Double"] = "double",
        ["System.Int16"] = "short",
        ["System.Int32"] = "int",
        ["System.Int64"] = "long",
        ["System.Object"] = "object",
        ["System.SByte"] = "sbyte",
        ["System.Single"] = "float",
        ["System.String"] = "string",
        ["System.UInt16"] = "ushort",
        ["System.UInt32"] = "uint",
        ["System.UInt64"] = "ulong",
        ["System.Void"] = "void",
    };

    /// <summary>Whether it is a kind, a colon and a name.</summary>
    public static bool IsValid(string id) => id.Length > 2 && id[1] == ':';

    public static bool IsType(string id) => id.StartsWith("T:", StringComparison.Ordinal);

    /// <summary>The dotted name without the kind, the parameters and a conversion's result.</summary>
    public static string Path(string id)
    {
        int from = id.IndexOf(':', StringComparison.Ordinal) + 1;
        int to = id.IndexOfAny(['(', '~'], from);
        return to < 0 ? id[from..] : id[from..to];
    }

    /// <summary>The path without its last part; empty where there is one part only.</summary>
    public static string Parent(string path)
    {
        int dot = path.LastIndexOf('.');
        return dot < 0 ? "" : path[..dot];
    }

    /// <summary>How running text calls what an ID refers to: the type's name alone, a member's after its type's.</summary>
    public static string Short(string id)
    {
        string path = Path(id);
        string parent = Parent(path);
        if (IsType(id) || parent.Length == 0 || !IsValid(id))
            return Name(path, []);
        if (id[0] == 'N')
            return path;
        string member = Last(path);
        return member is "#ctor" or "#cctor" ? Name(parent, []) : $"{Name(parent, [])}.{Name(member, [])}";
    }

    /// <summary>A type's or member's own name: the last part of a path, type parameters in angle brackets, explicit interfaces shortened.</summary>
    /// <param name="path">A path.</param>
    /// <param name="typeParameters">Names of its type parameters; T or T1, T2... where unknown.</param>
    public static string Name(string path, IReadOnlyList<string> typeParameters)
    {
        string last = Last(path);
        int explicitly = last.LastIndexOf('#');
        if (explicitly > 0)
            last = last[(explicitly + 1)..];
        int tick = last.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0)
            return last.StartsWith("op_", StringComparison.Ordinal) ? $"operator {last[3..]}" : last;
        return int.TryParse(last.AsSpan(tick).TrimStart('`'), out int count)
            ? $"{last[..tick]}<{string.Join(", ", Enumerable.Range(0, count).Select(i => TypeParameter(typeParameters, i, count)))}>"
            : last;
    }

    /// <summary>The parameters' types as C# writes them, with short names.</summary>
    /// <param name="id">The member's.</param>
    /// <param name="ofType">Names of the declaring type's type parameters.</param>
    /// <param name="ofMethod">Names of the method's own.</param>
    public static List<string> ParameterTypes(string id, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod)
    {
        var types = new List<string>();
        int position = id.IndexOf('(', StringComparison.Ordinal) + 1;
        if (position == 0)
            return types;
        while (position < id.Length && id[position] != ')')
        {
            types.Add(ReadType(id, ref position, ofType, ofMethod));
            if (position < id.Length && id[position] == ',')
                position++;
        }

        return types;
    }

    /// <summary>What a conversion operator gives, or nothing.</summary>
    public static string? ConversionResult(string id, IReadOnlyList<string> ofType)
    {
        int position = id.IndexOf('~', StringComparison.Ordinal) + 1;
        return position == 0 ? null : ReadType(id, ref position, ofType, []);
    }

    private static string ReadType(string id, ref int position, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod)
    {
        var name = new StringBuilder();
        var arguments = "";
        while (position < id.Length && id[position] is not (',' or ')' or '}' or '~'))
        {
            char c = id[position];
            if (c == '{')
                arguments = ReadArguments(id, ref position, ofType, ofMethod);
            else if (c is '@' or '*' or '[')
                break;
            else
            {
                if (c == '.' && arguments.Length > 0)
                {
                    name.Append(arguments);
                    arguments = "";
                }

                name.Append(c);
                position++;
            }
        }

        string type = TypeName(name.ToString(), ofType, ofMethod) + arguments;
        string reference = "";
        while (position < id.Length && id[position] is '@' or '*' or '[')
        {
            if (id[position] == '@')
                reference = "ref ";
            else if (id[position] == '*')
                type += "*";
            else
            {
                int end = id.IndexOf(']', position);
                int dimensions = id.AsSpan(position, end - position).Count(',');
                type += $"[{new string(',', dimensions)}]";
                position = end;
            }

            position++;
        }

        return reference + type;
    }

    private static string ReadArguments(string id, ref int position, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod)
    {
        var arguments = new List<string>();
        while (position < id.Length && id[position] is '{' or ',')
        {
            position++;
            arguments.Add(ReadType(id, ref position, ofType, ofMethod));
        }

        position++;
        return $"<{string.Join(", ", arguments)}>";
    }

    private static string TypeName(string name, IReadOnlyList<string> ofType, IReadOnlyList<string> ofMethod)
    {
        if (Keywords.TryGetValue(name, out string? keyword))
            return keyword;
        if (name.StartsWith("``", StringComparison.Ordinal) && int.TryParse(name.AsSpan(2), out int ofMethodIndex))
            return TypeParameter(ofMethod, ofMethodIndex, ofMethod.Count);
        if (name.StartsWith('`') && int.TryParse(name.AsSpan(1), out int ofTypeIndex))
            return TypeParameter(ofType, ofTypeIndex, ofType.Count);
        return Last(name);
    }

    private static string TypeParameter(IReadOnlyList<string> names, int index, int count) =>
        index < names.Count ? names[index] : count <= 1 && index == 0 ? "T" : $"T{index + 1}";

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];
}
