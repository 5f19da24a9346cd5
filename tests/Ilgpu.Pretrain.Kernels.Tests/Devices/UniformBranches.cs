using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// Whether PTX keeps what <c>bra.uni</c> promises, that all active lanes branch alike. ILGPU writes it by an analysis that takes
/// the results of calls for uniform, and so those of our intrinsics: shuffles, fragments, products, conversions.
/// </summary>
internal static partial class UniformBranches
{
    /// <summary>Instructions whose results differ from lane to lane whatever their operands are.</summary>
    private static readonly string[] Sources = ["shfl.", "mma.", "ldmatrix."];

    /// <summary>Instructions without a result; nor does an atomic's count, which one thread alone branches on, waiting for its turn.</summary>
    private static readonly string[] WithoutResult = ["st.", "bra", "bar.", "membar", "ret", "red.", "cp.async", "atom."];

    /// <summary>The branches that are called uniform and whose condition was computed from what differs from lane to lane.</summary>
    public static IReadOnlyList<string> Broken(string ptx)
    {
        Instruction[] instructions = [.. ptx[ptx.IndexOf(".entry ", StringComparison.Ordinal)..].Split('\n').Select(Parse).OfType<Instruction>()];
        var differing = new HashSet<string>(["%tid.x", "%laneid"], StringComparer.Ordinal);
        int before;
        do
        {
            before = differing.Count;
            foreach (Instruction instruction in instructions)
            {
                if (instruction.IsSource || instruction.Operands.Any(differing.Contains))
                    differing.UnionWith(instruction.Results);
            }
        }
        while (differing.Count > before);
        return [.. instructions.Where(one => one.Text.Contains("bra.uni", StringComparison.Ordinal) && one.Operands.Any(differing.Contains)).Select(one => one.Text)];
    }

    private static Instruction? Parse(string line)
    {
        Match parts = Statement().Match(line);
        if (!parts.Success)
            return null;
        string operation = parts.Groups["operation"].Value;
        string rest = parts.Groups["rest"].Value;
        string target = rest.StartsWith('{') ? rest[..rest.IndexOf('}', StringComparison.Ordinal)] : rest.Split(',')[0];
        if (WithoutResult.Any(start => operation.StartsWith(start, StringComparison.Ordinal)))
            target = string.Empty;
        return new Instruction(
            line.Trim(),
            Sources.Any(start => operation.StartsWith(start, StringComparison.Ordinal)),
            Registers(target),
            [.. Registers(parts.Groups["guard"].Value), .. Registers(rest[target.Length..])]);
    }

    private static string[] Registers(string text) => [.. Register().Matches(text).Select(match => match.Value)];

    /// <summary>Labels, directives and declarations are none.</summary>
    [GeneratedRegex(@"^\s*(@!?(?<guard>%p\d+)\s+)?(?<operation>[a-z][\w.]*)(\s+(?<rest>.*))?;\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Statement();

    [GeneratedRegex(@"%[a-z]+(\.x|\d+)?")]
    private static partial Regex Register();

    private sealed record Instruction(string Text, bool IsSource, string[] Results, string[] Operands);
}
