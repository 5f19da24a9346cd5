namespace Ilgpu.Pretrain.Reporting;

/// <summary>Short names of results that stand side by side: what they differ in, not their hashes.</summary>
internal static class ResultLabels
{
    private const int NameDigits = 6;

    /// <param name="results">Each with its name, which is taken where a study gave it.</param>
    /// <param name="parts">What they may differ in, in words; empty where a result has no such thing.</param>
    /// <returns>One a result, all different.</returns>
    public static IReadOnlyList<string> Of<T>(IReadOnlyList<(string Name, bool IsOfStudy, T Result)> results, IReadOnlyList<(string What, Func<T, string> Value)> parts)
    {
        (string What, Func<T, string> Value)[] differing = [.. parts.Where(part => results.Select(each => part.Value(each.Result)).Distinct().Count() > 1)];
        string[] labels =
        [
            .. results.Select(each => each.IsOfStudy ? each.Name : string.Join(", ", differing.Select(part => (part.What, Value: part.Value(each.Result))).Where(part => part.Value.Length > 0).Select(part => $"{part.What} {part.Value}".Trim()))),
        ];
        return [.. labels.Select((label, i) => label.Length == 0 || labels.Count(other => other == label) > 1 ? $"{label} {results[i].Name[..Math.Min(NameDigits, results[i].Name.Length)]}".Trim() : label)];
    }
}
