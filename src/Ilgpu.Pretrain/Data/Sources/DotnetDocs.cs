using System.Text;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>
/// The documentation of the .NET libraries, which every SDK carries: technical English. A document is a type with its
/// members and nested types, or a piece of it: the few very large types would otherwise fill a small training subset by
/// themselves. A text that several members share stands only at the first of them, in ordinal order.
/// </summary>
internal sealed class DotnetDocs : TextSource
{
    public const string SourceName = "dotnet-docs";

    private const string PackPrefix = SourceName + ":";

    /// <summary>Characters of a document, unless one member has more.</summary>
    private const int DocumentCharacters = 8192;

    private readonly (string Name, string Path)[] files;
    private readonly int threads;

    private DotnetDocs((string Name, string Path)[] files, int threads, CancellationToken cancellation)
        : base(files, threads, cancellation)
    {
        this.files = files;
        this.threads = threads;
    }

    public override SplitUnit Unit => SplitUnit.Type;

    /// <summary>Whether a source is this one: <c>dotnet-docs</c>, or <c>dotnet-docs:PACK</c> for what one reference pack adds.</summary>
    public static bool Is(string source) => source == SourceName || source.StartsWith(PackPrefix, StringComparison.Ordinal);

    /// <param name="source">Which <see cref="Is"/> says is one.</param>
    /// <param name="threads">Files that are read at a time.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">There are no reference packs, or none of that name.</exception>
    public static DotnetDocs Locate(string source, int threads, CancellationToken cancellation)
    {
        string? pack = source == SourceName ? null : source[PackPrefix.Length..];
        return new(ReferencePacks.Find(ReferencePacks.Roots(), pack), threads, cancellation);
    }

    /// <summary>Documents in ordinal order of the types' names.</summary>
    internal static IEnumerable<TextDocument> Documents(IEnumerable<DocumentedMember> members)
    {
        var byId = new Dictionary<string, DocumentedMember>(StringComparer.Ordinal);
        foreach (DocumentedMember member in members.Where(member => MemberId.IsValid(member.Id)))
            byId.TryAdd(member.Id, member);
        var types = byId.Values
            .Where(member => MemberId.IsType(member.Id))
            .ToDictionary(member => MemberId.Path(member.Id), StringComparer.Ordinal);

        var texts = new HashSet<string>(StringComparer.Ordinal);
        IEnumerable<IGrouping<string, DocumentedMember>> outermost = byId.Values
            .GroupBy(member => OutermostType(member.Id, types), StringComparer.Ordinal)
            .OrderBy(type => type.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, DocumentedMember> type in outermost)
        {
            bool withPrevious = false;
            foreach (string text in Pieces(InOrder(type).Where(member => member.Text.Length > 0 && texts.Add(member.Text)), types))
            {
                yield return new TextDocument(type.Key, Encoding.UTF8.GetBytes(text), withPrevious);
                withPrevious = true;
            }
        }
    }

    protected override IEnumerable<TextDocument> Read(CancellationToken cancellation)
    {
        var members = new List<DocumentedMember>[files.Length];
        Workers.For(
            files.Length,
            threads,
            i =>
            {
                using var file = new CountedFile(files[i].Path, CountRead);
                members[i] = DocumentedMember.Read(file, files[i].Path);
            },
            cancellation);
        return Documents(members.SelectMany(ofFile => ofFile));
    }

    private static IEnumerable<string> Pieces(IEnumerable<DocumentedMember> members, Dictionary<string, DocumentedMember> types)
    {
        var text = new StringBuilder();
        foreach (DocumentedMember member in members)
        {
            string entry = $"{Header(member, types)}\n{member.Text}";
            if (text.Length > 0 && text.Length + entry.Length >= DocumentCharacters)
            {
                yield return text.ToString();
                text.Clear();
            }

            text.Append(text.Length > 0 ? "\n" : "").Append(entry);
        }

        if (text.Length > 0)
            yield return text.ToString();
    }

    /// <summary>By path, so that a type stands before its members and a nested type's members beside it.</summary>
    private static IEnumerable<DocumentedMember> InOrder(IEnumerable<DocumentedMember> members) => members
        .OrderBy(member => member.Id[2..], StringComparer.Ordinal)
        .ThenBy(member => member.Id, StringComparer.Ordinal);

    private static string OutermostType(string id, Dictionary<string, DocumentedMember> types)
    {
        string path = MemberId.Path(id);
        string outermost = MemberId.IsType(id) ? path : MemberId.Parent(path);
        for (string parent = MemberId.Parent(outermost); parent.Length > 0; parent = MemberId.Parent(parent))
        {
            if (types.ContainsKey(parent))
                outermost = parent;
        }

        return outermost;
    }

    /// <summary>A type with its namespace, a member as it is declared.</summary>
    private static string Header(DocumentedMember member, Dictionary<string, DocumentedMember> types)
    {
        string path = MemberId.Path(member.Id);
        string parent = MemberId.Parent(path);
        if (MemberId.IsType(member.Id))
        {
            string name = MemberId.Name(path, member.TypeParameters);
            return parent.Length == 0 ? name
                : types.TryGetValue(parent, out DocumentedMember? outer) ? $"{MemberId.Name(parent, outer.TypeParameters)}.{name}"
                : $"{parent}.{name}";
        }

        string owner = MemberId.Name(parent, types.TryGetValue(parent, out DocumentedMember? type) ? type.TypeParameters : []);
        IReadOnlyList<string> ofType = TypeParameters(parent, types);
        List<string> parameterTypes = MemberId.ParameterTypes(member.Id, ofType, member.TypeParameters);
        string parameters = string.Join(", ", parameterTypes.Select((parameter, i) =>
            i < member.Parameters.Count ? $"{parameter} {member.Parameters[i]}" : parameter));
        string result = MemberId.ConversionResult(member.Id, ofType) is { } conversion ? $" to {conversion}" : "";
        string called = path.EndsWith(".#ctor", StringComparison.Ordinal)
            ? $"new {owner}"
            : $"{owner}.{MemberId.Name(path, member.TypeParameters)}";
        return member.Id[0] == 'M' ? $"{called}({parameters}){result}"
            : parameterTypes.Count > 0 ? $"{called}[{parameters}]"
            : called;
    }

    /// <summary>A type's and, before them, those of the types around it: `0 in a member's ID is the outermost one's first.</summary>
    private static List<string> TypeParameters(string path, Dictionary<string, DocumentedMember> types) =>
        types.TryGetValue(path, out DocumentedMember? type) ? [.. TypeParameters(MemberId.Parent(path), types), .. type.TypeParameters] : [];
}
