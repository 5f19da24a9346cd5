using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Environment variables in paths: <c>${CORPORA}/stories</c>.</summary>
internal static partial class EnvironmentVariables
{
    /// <summary>One that is not set stays as it is: no such path exists.</summary>
    public static string Expand(string text) =>
        Pattern().Replace(text, match => Environment.GetEnvironmentVariable(match.Groups[1].Value) is { Length: > 0 } value ? value : match.Value);

    [GeneratedRegex(@"\$\{([A-Z][A-Z0-9_]*)\}")]
    private static partial Regex Pattern();
}
