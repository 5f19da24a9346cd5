using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// The PTX of every kernel, what ptxas makes of it, and the ledger's hashes (bench/gpu/ptx.sh):
/// <c>gpu-ptx [--out FOLDER] [--ptxas PROGRAM --report FILE] [--repository FOLDER --ledger FILE]</c>.
/// </summary>
internal static partial class GpuPtx
{
    private const string Usage = "usage: gpu-ptx [--out FOLDER] [--ptxas PROGRAM --report FILE] [--repository FOLDER --ledger FILE]";

    /// <summary>What is counted in a kernel's PTX.</summary>
    private static readonly string[] Instructions = ["mma.sync", "ldmatrix", "cp.async"];

    /// <summary>The first of the two fits every GPU since, and ILGPU generates for it; the second is the one that speed is judged on.</summary>
    private static readonly string[] Architectures = ["sm_80", "sm_90"];

    public static int Run(string[] args)
    {
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        for (int i = 0; i < args.Length; i += 2)
        {
            if (args[i] is not ("--out" or "--ptxas" or "--report" or "--repository" or "--ledger") || i + 1 == args.Length)
            {
                Console.Error.WriteLine($"{args[i]} is not understood. {Usage}");
                return 2;
            }

            given[args[i]] = args[i + 1];
        }

        try
        {
            return Report(given);
        }
        catch (DeviceUnavailableException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }
    }

    private static int Report(Dictionary<string, string> given)
    {
        string folder = given.GetValueOrDefault("--out") ?? Directory.CreateTempSubdirectory("ptx-").FullName;
        Directory.CreateDirectory(folder);
        (SortedDictionary<string, string> ptx, SortedDictionary<string, string> errors) = Compile(folder);
        if (given.TryGetValue("--ledger", out string? ledger))
        {
            string repository = given.GetValueOrDefault("--repository") ?? throw new ArgumentException(Usage);
            GpuLedger.Write(ledger, GpuLedger.Present(repository, GpuLedger.Read(ledger), kernel => ptx.GetValueOrDefault(kernel.Name)));
        }

        if (given.TryGetValue("--ptxas", out string? ptxas) && given.TryGetValue("--report", out string? report))
        {
            var assembler = new GpuAssembler(ptxas);
            ConcurrentDictionary<(string Kernel, string Architecture), GpuAssembly> assemblies = [];
            Parallel.ForEach(
                ptx.Keys.SelectMany(kernel => Architectures.Select(architecture => (kernel, architecture))),
                each => assemblies[each] = assembler.Assemble(FileOf(folder, each.kernel), each.architecture));
            foreach (IGrouping<string, ((string Kernel, string Architecture) Key, string Error)> failures in assemblies
                .Where(each => each.Value.Error is not null)
                .Select(each => (each.Key, each.Value.Error!))
                .GroupBy(each => each.Key.Kernel))
            {
                errors[failures.Key] = string.Join("; ", failures.OrderBy(each => each.Key.Architecture, StringComparer.Ordinal).Select(each => $"{each.Key.Architecture}: {each.Error}"));
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(report))!);
            File.WriteAllText(report, Table(assembler.Version, ptx, assemblies, errors));
        }

        foreach ((string kernel, string error) in errors)
            Console.Error.WriteLine($"{kernel}: {error}");
        Console.WriteLine($"{ptx.Count} kernels as PTX in {folder}; {errors.Count} with errors");
        if (!given.ContainsKey("--out"))
            Directory.Delete(folder, recursive: true);
        return errors.Count == 0 ? 0 : 1;
    }

    private static (SortedDictionary<string, string> Ptx, SortedDictionary<string, string> Errors) Compile(string folder)
    {
        SortedDictionary<string, string> ptx = new(StringComparer.Ordinal);
        SortedDictionary<string, string> errors = new(StringComparer.Ordinal);
        foreach (GpuKernel kernel in GpuKernel.All)
        {
            try
            {
                ptx[kernel.Name] = kernel.Compile();
                File.WriteAllText(FileOf(folder, kernel.Name), ptx[kernel.Name]);
            }
#pragma warning disable CA1031 // Whatever a compiler throws: one kernel's failure hides no other's result.
            catch (Exception exception) when (exception is not DeviceUnavailableException)
#pragma warning restore CA1031
            {
                errors[kernel.Name] = $"no PTX: {exception.GetBaseException().Message.Split('\n')[0].Trim()}";
            }
        }

        return (ptx, errors);
    }

    /// <summary>A Markdown table, the same for the same kernels and assembler.</summary>
    private static string Table(
        string version,
        SortedDictionary<string, string> ptx,
        ConcurrentDictionary<(string Kernel, string Architecture), GpuAssembly> assemblies,
        SortedDictionary<string, string> errors)
    {
        var text = new StringBuilder();
        text.Append("# What ptxas makes of the kernels\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Written by bench/gpu/ptx.sh; ptxas {version}. Figures are those of {string.Join(" / ", Architectures)}: registers a\n");
        text.Append("thread, bytes of static shared memory a group, bytes spilled to local memory (stores and loads), bytes of stack a\n");
        text.Append("thread; then how often the kernel's PTX has an instruction. No GPU took part.\n\n");
        int spilling = assemblies.Where(each => each.Value.SpillBytes > 0).Select(each => each.Key.Kernel).Distinct().Count();
        text.Append(CultureInfo.InvariantCulture, $"{ptx.Count} kernels; {errors.Count} do not assemble, {spilling} spill.\n\n");
        text.Append("| kernel | registers | shared | spills | stack | mma | ldmatrix | cp.async |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach ((string kernel, string code) in ptx)
        {
            if (errors.ContainsKey(kernel))
                continue;
            GpuAssembly[] all = [.. Architectures.Select(architecture => assemblies[(kernel, architecture)])];
            string figures = string.Join(" | ", new[] { Pair(all, each => each.Registers), Pair(all, each => each.SharedBytes), Pair(all, each => each.SpillBytes), Pair(all, each => each.StackBytes) });
            string counts = string.Join(" | ", Instructions.Select(instruction => Count(code, instruction)));
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(kernel)} | {figures} | {counts} |\n");
        }

        foreach ((string kernel, string error) in errors)
            text.Append(CultureInfo.InvariantCulture, $"\n{Cell(kernel)} does not assemble: {Cell(error)}\n");
        return text.ToString();
    }

    /// <summary>One figure where all architectures agree.</summary>
    private static string Pair(GpuAssembly[] assemblies, Func<GpuAssembly, int> figure) => string.Join(" / ", assemblies.Select(figure).Distinct());

    /// <summary>Copies are counted without the instructions that commit and await them.</summary>
    private static int Count(string ptx, string instruction) =>
        Statements().Matches(ptx).Count(statement =>
            statement.Groups[1].Value.StartsWith(instruction, StringComparison.Ordinal) && !statement.Groups[1].Value.Contains("_group", StringComparison.Ordinal));

    private static string FileOf(string folder, string kernel) =>
        Path.Combine(folder, kernel.Replace("<", "-", StringComparison.Ordinal).Replace(">", "", StringComparison.Ordinal) + ".ptx");

    private static string Cell(string text) =>
        text.Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>The instruction of a line of code, behind its predicate.</summary>
    [GeneratedRegex(@"^\s*(?:@!?%p\d+\s+)?([a-z][\w.:]*)", RegexOptions.Multiline)]
    private static partial Regex Statements();
}
