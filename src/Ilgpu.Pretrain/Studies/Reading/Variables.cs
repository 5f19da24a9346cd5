using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// The <c>$name</c>s in a text, <c>${name}</c> where letters follow. Names of environment variables are in capitals and left alone.
/// </summary>
internal static partial class Variables
{
    /// <summary>In the order of their first use.</summary>
    public static IReadOnlyList<string> In(string text) => [.. Pattern().Matches(text).Select(NameOf).Distinct()];

    /// <exception cref="InputException">A variable has no value here.</exception>
    public static string Substitute(string text, IReadOnlyDictionary<string, LoopValue> values, Place place)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
            return text;
        Match whole = Pattern().Match(text);
        if (whole.Success && whole.Length == text.Length)
            return ValueOf(whole).Value;
        return Pattern().Replace(text, match => ValueOf(match).Label);

        LoopValue ValueOf(Match match) => values.GetValueOrDefault(NameOf(match))
            ?? throw place.Error($"${NameOf(match)} has no value here; {(values.Count == 0 ? "a step has those of 'foreach' that its name contains, and it contains none" : $"there is: {string.Join(", ", values.Keys.Select(name => "$" + name))}")}.");
    }

    private static string NameOf(Match match) => match.Groups["name"].Value;

    [GeneratedRegex(@"\$(?:\{(?<name>[a-z][a-z0-9_]*)\}|(?<name>[a-z][a-z0-9_]*))")]
    private static partial Regex Pattern();
}
