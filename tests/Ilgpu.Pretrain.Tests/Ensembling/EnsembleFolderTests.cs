using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Tests.Training;

namespace Ilgpu.Pretrain.Tests.Ensembling;

public sealed class EnsembleFolderTests : IDisposable
{
    private static readonly EnsembleScores Scores = new([2.5, 2.25], [2.5, 2], [2.5, 2.125], 100, 200, MemberResidency.Resident, .5);

    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    [Fact]
    public void What_was_written_is_found_for_the_same_members_in_the_same_order()
    {
        IReadOnlyList<EnsembleMember> members = Train(2);
        Assert.Null(EnsembleFolder.FindScores(runs.Path("ensembles"), members, null));
        string folder = EnsembleFolder.Write(runs.Path("ensembles"), members, null, Scores);
        Assert.True(EnsembleFolder.IsAt(folder));
        EnsembleScores found = EnsembleFolder.FindScores(runs.Path("ensembles"), members, null)!;
        Assert.Equal(Scores.LogitAverage, found.LogitAverage);
        Assert.Equal((Scores.Tokens, Scores.TextBytes, Scores.Residency), (found.Tokens, found.TextBytes, found.Residency));
        Assert.Null(EnsembleFolder.FindScores(runs.Path("ensembles"), [members[1], members[0]], null));
        Assert.Null(EnsembleFolder.FindScores(runs.Path("ensembles"), members, 50));
        Assert.Equal(members.Select(member => member.Config.Id), EnsembleFolder.OpenMembers(folder).Select(member => member.Config.Id));
    }

    [Fact]
    public void Orders_that_were_not_measured_are_measured_once()
    {
        IReadOnlyList<EnsembleMember> members = Train(2);
        EnsembleScores withOrders = Scores with { Orders = new EnsembleOrderMeans(2, [2.25, 2], [2.25, 2.125]) };
        (string folder, EnsembleScores first) = EnsembleFolder.FindOrMeasure(runs.Path("ensembles"), members, null, () => Scores);
        (string again, EnsembleScores measured) = EnsembleFolder.FindOrMeasure(runs.Path("ensembles"), members, null, () => withOrders, orders: 2);
        Assert.Equal((folder, 2), (again, measured.Orders!.Count));
        EnsembleScores found = EnsembleFolder.FindOrMeasure(runs.Path("ensembles"), members, null, () => throw new InvalidOperationException("measured again"), orders: 2).Scores;
        Assert.Equal(withOrders.Orders.LogitAverage, found.Orders!.LogitAverage);
        EnsembleScores alone = EnsembleFolder.FindOrMeasure(runs.Path("ensembles"), members, null, () => throw new InvalidOperationException("measured again")).Scores;
        Assert.Equal((first.Orders, first.LogitAverage[1]), (alone.Orders, alone.LogitAverage[1]));
    }

    [Fact]
    public void Edited_scores_are_noticed()
    {
        IReadOnlyList<EnsembleMember> members = Train(2);
        string path = Path.Combine(EnsembleFolder.Write(runs.Path("ensembles"), members, null, Scores), "scores.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("2.125", "1.125", StringComparison.Ordinal));
        var e = Assert.Throws<InputException>(() => EnsembleFolder.FindScores(runs.Path("ensembles"), members, null));
        Assert.StartsWith($"'{path}' was edited or is damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_is_another_run_now_is_named()
    {
        IReadOnlyList<EnsembleMember> members = Train(2);
        string folder = EnsembleFolder.Write(runs.Path("ensembles"), members, null, Scores);
        Directory.Delete(members[1].Folder, recursive: true);
        Assert.Contains(members[1].Folder, Assert.Throws<InputException>(() => EnsembleFolder.OpenMembers(folder)).Message, StringComparison.Ordinal);
        runs.Run("member-1", runs.Config.WithSeed(77));
        Assert.StartsWith($"'{members[1].Folder}' is the run ", Assert.Throws<InputException>(() => EnsembleFolder.OpenMembers(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_or_missing_files_are_named()
    {
        Assert.Equal(
            $"'{runs.Path("none")}' is not an ensemble's folder: it has no ensemble.json.",
            Assert.Throws<InputException>(() => EnsembleFolder.OpenMembers(runs.Path("none"))).Message);
        string folder = EnsembleFolder.Write(runs.Path("ensembles"), Train(1), null, Scores);
        string path = Path.Combine(folder, "ensemble.json");
        File.WriteAllText(path, "{");
        Assert.StartsWith($"'{path}' is damaged: ", Assert.Throws<InputException>(() => EnsembleFolder.OpenMembers(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_do_not_go_together_are_named_with_how_they_differ()
    {
        runs.Run("first");
        runs.Run("fewer", runs.Config with { Tokens = 500 });
        runs.Run("shorter", runs.Config with { Length = 8 });
        AssertRefused("the training tokens: it is 521", "fewer");
        AssertRefused("the length of a window: it is 16", "shorter");
        runs.RunUntil(5, "unfinished", runs.Config.WithSeed(9));
        Assert.Equal(
            $"The run in '{runs.Path("unfinished")}' is not finished; an ensemble's members are.",
            Assert.Throws<InputException>(() => EnsembleMember.Open([runs.Path("unfinished")])).Message);
        Assert.Equal("An ensemble has one member at least; none was given.", Assert.Throws<InputException>(() => EnsembleMember.Open([])).Message);
        using var others = new TestRuns();
        others.Run("of-another-vocabulary", others.Config with { Model = TestRuns.Model with { Vocabulary = 300 } });
        var e = Assert.Throws<InputException>(() => EnsembleMember.Open([runs.Path("first"), others.Path("of-another-vocabulary")]));
        Assert.Contains("share the vocabulary: it is 257 in", e.Message, StringComparison.Ordinal);
    }

    private void AssertRefused(string how, string other)
    {
        var e = Assert.Throws<InputException>(() => EnsembleMember.Open([runs.Path("first"), runs.Path(other)]));
        Assert.Contains(how, e.Message, StringComparison.Ordinal);
        Assert.EndsWith($"in '{runs.Path(other)}', member 2.", e.Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<EnsembleMember> Train(int count)
    {
        for (int member = 0; member < count; member++)
            runs.Run($"member-{member}", runs.Config.WithSeed((uint)member));
        return EnsembleMember.Open([.. Enumerable.Range(0, count).Select(member => runs.Path($"member-{member}"))]);
    }
}
