using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Ensembling;

public sealed class SnapshotMembersTests : IDisposable
{
    private readonly TestRuns runs = new();

    public SnapshotMembersTests() => runs.Run("run", runs.Config with { Schedule = ScheduleKind.Cyclic, Cycles = 2, LearningRate = .03 });

    private string Run => runs.Path("run");

    public void Dispose() => runs.Dispose();

    [Fact]
    public void Snapshots_are_members_of_their_own_beside_the_run_itself()
    {
        IReadOnlyList<string> names = EnsembleMember.SnapshotsOf(Run);
        Assert.Equal([Run + "#1", Run + "#2"], names);
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open([.. names, Run]);
        Assert.Equal([1, 2, null], members.Select(member => member.Cycle));
        Assert.Equal(3, members.Select(member => member.Id).Distinct().Count());
        EnsembleScores scores = Evaluate(members);
        Assert.NotEqual(scores.Members[0], scores.Members[1]);
        Assert.Equal(RunFolder.ReadResult(Run)!.ValLoss, scores.Members[1]);
        Assert.Equal(scores.Members[1], scores.Members[2]);
    }

    [Fact]
    public void The_folder_of_an_ensemble_of_snapshots_is_its_own_and_opens_them_again()
    {
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open(EnsembleMember.SnapshotsOf(Run));
        IReadOnlyList<EnsembleMember> ofRuns = EnsembleMember.Open([Run, Run]);
        string store = runs.Path("ensembles");
        Assert.NotEqual(EnsembleFolder.PathOf(store, members, null), EnsembleFolder.PathOf(store, ofRuns, null));
        Assert.NotEqual(EnsembleFolder.PathOf(store, members, null), EnsembleFolder.PathOf(store, [members[1], members[0]], null));
        string folder = EnsembleFolder.Write(store, members, null, Evaluate(members));
        Assert.Equal(members.Select(member => Path.GetFullPath(member.ModelPath)), EnsembleFolder.OpenMembers(folder).Select(member => member.ModelPath));
        foreach (string name in new[] { folder, Run + "#1" })
        {
            using var trained = TrainedGenerator.Open(TestRuns.Device, name, EnsembleAveraging.Logits);
            Assert.Equal(5, trained.Generator.Continue([1, 2], 5, new SamplingOptions { Seed = 1 }).Count());
        }
    }

    /// <summary>The first snapshot of two stands for half of the run's steps, both for all of them.</summary>
    [Fact]
    public void Snapshots_cost_what_their_run_had_trained_until_then()
    {
        RunResult result = RunFolder.ReadResult(Run)!;
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open([.. EnsembleMember.SnapshotsOf(Run), Run]);
        EnsembleFolder.Write(Path.Combine(Path.GetDirectoryName(Run)!, "ensembles"), members, null, Evaluate(members));
        DataTable table = RunsTable.OfEnsembles(Path.GetDirectoryName(Run)!);
        int flops = table.Find("c");
        Assert.Equal([.5, 1, 1], table.Rows.Select(row => double.Parse(row.Cells[flops]!, System.Globalization.CultureInfo.InvariantCulture) / result.TrainingFlops));
    }

    [Fact]
    public void What_is_no_snapshot_is_said_in_one_line()
    {
        runs.Run("cosine");
        Assert.Equal($"The run in '{runs.Path("cosine")}' keeps no snapshots: its --schedule is cosine, and cyclic does.", Refusal(runs.Path("cosine") + "#1"));
        Assert.Equal($"The run in '{Run}' has the cycles 1 to 2; there is no 3.", Refusal(Run + "#3"));
        Assert.Equal($"The run in '{Run}' has the cycles 1 to 2; there is no 0.", Refusal(Run + "#0"));
        Assert.StartsWith($"'{Run}#last' is not a run folder", Refusal(Run + "#last"), StringComparison.Ordinal);
        Assert.Contains("keeps no snapshots", Assert.Throws<InputException>(() => EnsembleMember.SnapshotsOf(runs.Path("cosine"))).Message, StringComparison.Ordinal);
    }

    private static string Refusal(string name) => Assert.Throws<InputException>(() => EnsembleMember.Open([name])).Message;

    private EnsembleScores Evaluate(IReadOnlyList<EnsembleMember> members) =>
        new EnsembleEvaluator(members, runs.Dataset, null, TestRuns.Device, new()).Evaluate(TestContext.Current.CancellationToken);
}
