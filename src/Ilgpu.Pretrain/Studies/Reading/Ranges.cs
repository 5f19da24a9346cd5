using System.Globalization;
using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Whole numbers from one to another, <c>1..5</c>, among the items of a list.</summary>
internal static partial class Ranges
{
    private const int Longest = 10_000;

    /// <exception cref="InputException">It runs backwards or is too long.</exception>
    public static IEnumerable<string> Expand(YamlValue item)
    {
        string text = item.AsText();
        Match range = Pattern().Match(text);
        if (!range.Success)
            return [text];
        int first = int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), last = int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture);
        return last >= first && last - first < Longest
            ? Enumerable.Range(first, last - first + 1).Select(each => each.ToString(CultureInfo.InvariantCulture))
            : throw item.Wrong("FROM..TO, the larger one behind and not more than 10000 apart");
    }

    [GeneratedRegex(@"^(\d{1,9})\.\.(\d{1,9})$")]
    private static partial Regex Pattern();
}
