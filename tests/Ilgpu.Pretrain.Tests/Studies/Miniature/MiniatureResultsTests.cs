using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>docs/results/miniature.md says what the committed ledgers say.</summary>
public sealed partial class MiniatureResultsTests
{
    private static readonly string[] Sizes = ["mini-xxs", "mini-xs", "mini-s", "mini-m"];

    private static readonly string[] SizesOnNovels = ["mini-xs", "mini-s"];

    [Fact]
    public void Its_tables_are_what_the_ledgers_give()
    {
        string[] text = Read();
        Dictionary<string, IReadOnlyList<string>> expected = Tables();
        string[] marked = [.. text.Select(line => Mark().Match(line)).Where(match => match.Success).Select(match => match.Groups["name"].Value)];
        Assert.Equal(expected.Keys.Order(), marked.Order());
        string[] wrong = [.. expected.Where(each => !each.Value.SequenceEqual(TableAt(text, each.Key))).Select(each => $"<!-- table: {each.Key} -->\n{string.Join('\n', each.Value)}\n")];
        Assert.True(wrong.Length == 0, $"From the ledgers come:\n{string.Join('\n', wrong)}");
        Assert.Equal(expected.Values.Sum(table => table.Count), text.Count(line => line.StartsWith('|')));
    }

    [Fact]
    public void Its_sentences_have_no_loss_that_its_tables_have_not()
    {
        string[] text = Read();
        HashSet<string> known = [.. text.Where(line => line.StartsWith('|')).SelectMany(line => Figure().Matches(line)).Select(match => match.Value)];
        (string Figure, string Line)[] told = [.. text.Where(line => !line.StartsWith('|')).SelectMany(line => Figure().Matches(line).Select(match => (match.Value, line)))];
        Assert.NotEmpty(told);
        Assert.All(told, each => Assert.True(known.Contains(each.Figure), $"{each.Figure} is in no table: {each.Line}"));
    }

    [Fact]
    public void Its_pictures_are_there()
    {
        string[] pictures = [.. Read().SelectMany(line => Picture().Matches(line)).Select(match => match.Groups["file"].Value)];
        Assert.NotEmpty(pictures);
        Assert.All(pictures, picture => Assert.True(File.Exists(Path.Combine(Folder, picture)), picture));
    }

    private static IEnumerable<string> TableAt(string[] text, string name) => text
        .SkipWhile(line => !(Mark().Match(line) is { Success: true } match && match.Groups["name"].Value == name)).Skip(1)
        .SkipWhile(line => line.Length == 0).TakeWhile(line => line.StartsWith('|'));

    private static string Folder => Path.Combine(Repository.Root!, "docs", "results");

    private static string[] Read()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests were copied away from their repository, and its results with it");
        return File.ReadAllLines(Path.Combine(Folder, "miniature.md"));
    }

    private static Dictionary<string, IReadOnlyList<string>> Tables()
    {
        var documentation = new MiniatureTables(MiniatureLedger.Read(Path.Combine(Folder, "miniature-ledger.jsonl")), Sizes, [("51k", 51_200), ("102k", 102_400)]);
        var novels = new MiniatureTables(MiniatureLedger.Read(Path.Combine(Folder, "novels-ledger.jsonl")), SizesOnNovels, [("", 51_200)]);
        return documentation.Documentation().Concat(novels.Novels()).ToDictionary();
    }

    [GeneratedRegex("^<!-- table: (?<name>[a-z-]+) -->$")]
    private static partial Regex Mark();

    /// <summary>Three decimals: a loss or a difference of two.</summary>
    [GeneratedRegex(@"(?<![\d.])\d?\.\d{3}(?![\d])")]
    private static partial Regex Figure();

    [GeneratedRegex(@"\]\((?<file>[^)]*\.svg)\)")]
    private static partial Regex Picture();
}
