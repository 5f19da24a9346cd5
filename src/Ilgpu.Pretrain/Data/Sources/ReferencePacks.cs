using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Finds the reference packs that the .NET SDK brings.</summary>
internal static class ReferencePacks
{
    /// <summary>In this order; the second one repeats the files of the first.</summary>
    private static readonly string[] Names = ["NETCore", "AspNetCore"];

    private const string Framework = "net10.0";

    /// <summary>Where .NET may be: the folder it was told, the running one's, the command's on the path.</summary>
    public static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } told)
            yield return told;
        string shared = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        if (Path.GetFullPath(Path.Combine(shared, "..", "..", "..")) is var running && Directory.Exists(Path.Combine(running, "shared")))
            yield return running;
        string command = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var file = new FileInfo(Path.Combine(folder, command));
            if (file.Exists)
                yield return ((FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file).DirectoryName!;
        }
    }

    /// <summary>The documentation files of the newest packs below the first root that has any, each with a name that tells pack and version.</summary>
    /// <param name="roots">Folders of .NET.</param>
    /// <param name="only">The pack whose files are wanted, without those that an earlier one has; null for all packs.</param>
    /// <exception cref="InputException">None has, or no pack has that name.</exception>
    public static (string Name, string Path)[] Find(IEnumerable<string> roots, string? only = null)
    {
        if (only is not null && !Names.Contains(only))
            throw new InputException($"source: '{DotnetDocs.SourceName}:{only}' names no reference pack; there is: {string.Join(", ", Names.Select(name => $"{DotnetDocs.SourceName}:{name}"))}");
        string[] candidates = [.. roots.Distinct(StringComparer.Ordinal)];
        foreach (string root in candidates)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            (string Name, string Path)[] files = [.. Names
                .SelectMany(name => Newest(root, PackOf(name)).Where(file => names.Add(Path.GetFileName(file.Path))).Select(file => (Pack: name, file.Name, file.Path)).ToArray())
                .Where(file => only is null || file.Pack == only)
                .Select(file => (file.Name, file.Path))];
            if (files.Length > 0)
                return files;
        }

        throw new InputException(
            $"{DotnetDocs.SourceName}: no packs/{PackOf(only ?? Names[0])}/<version>/ref/{Framework}/*.xml in {string.Join(", ", candidates)}; " +
            "the .NET SDK brings it (set DOTNET_ROOT to its folder), the runtime alone does not");
    }

    private static (string Name, string Path)[] Newest(string root, string pack)
    {
        var versions = new DirectoryInfo(Path.Combine(root, "packs", pack));
        if (!versions.Exists)
            return [];
        return versions.EnumerateDirectories()
            .OrderByDescending(folder => Version.TryParse(Number(folder.Name), out Version? number) ? number : new Version())
            .ThenBy(folder => folder.Name.Contains('-', StringComparison.Ordinal))
            .ThenByDescending(folder => folder.Name, StringComparer.Ordinal)
            .Select(folder => DocumentationFiles(folder, pack))
            .FirstOrDefault(files => files.Length > 0) ?? [];
    }

    private static string PackOf(string name) => $"Microsoft.{name}.App.Ref";

    private static string Number(string version) => version.Split('-')[0];

    private static (string Name, string Path)[] DocumentationFiles(DirectoryInfo version, string pack)
    {
        var folder = new DirectoryInfo(Path.Combine(version.FullName, "ref", Framework));
        return !folder.Exists ? [] : [.. folder.EnumerateFiles("*.xml")
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => ($"{pack}/{version.Name}/{file.Name}", file.FullName))];
    }
}
