using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Ensembling;

/// <summary>An ensemble's losses: those of its members, of averages worked out in double precision, whichever way it is held.</summary>
public sealed class EnsembleEvaluatorTests : IDisposable
{
    private const int MemberCount = 3;

    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    [Fact]
    public void A_member_has_the_loss_of_its_own_run_to_the_bit()
    {
        IReadOnlyList<EnsembleMember> members = Train();
        EnsembleScores scores = Evaluate(members);
        for (int i = 0; i < members.Count; i++)
        {
            RunResult result = RunFolder.ReadResult(members[i].Folder)!;
            Assert.Equal(result.ValLoss, scores.Members[i]);
            Assert.Equal(result.BitsPerByte, scores.BitsPerByte(scores.Members[i]), 1e-12);
        }

        Assert.Equal(scores.Members[0], scores.LogitAverage[0]);
        Assert.Equal(scores.Members[0], scores.ProbabilityAverage[0]);
        Assert.Equal(runs.Dataset.Validation.Length - 1, scores.Tokens);
    }

    /// <summary>Losses of a few nats, means of thousands of fp32 ones: each off by its own rounding, a few 1e-7, and by the sum of logits'.</summary>
    [Fact]
    public void Averages_are_those_of_the_members_logits_in_double_precision()
    {
        IReadOnlyList<EnsembleMember> members = Train();
        EnsembleScores scores = Evaluate(members);
        (double[] byLogits, double[] byProbabilities) = Reference(members);
        for (int k = 0; k < members.Count; k++)
        {
            Assert.Equal(byLogits[k], scores.LogitAverage[k], 2e-6);
            Assert.Equal(byProbabilities[k], scores.ProbabilityAverage[k], 2e-6);
        }

        Assert.NotEqual(scores.LogitAverage[1], scores.ProbabilityAverage[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30_000)]
    [InlineData(1 << 30)]
    public void Streamed_members_give_the_same_bits_as_resident_ones(long hiddenStateBytes)
    {
        IReadOnlyList<EnsembleMember> members = Train(MixedShapes);
        EnsembleScores resident = Evaluate(members, new EnsembleEvaluationOptions { Residency = MemberResidency.Resident });
        EnsembleScores streamed = Evaluate(members, new EnsembleEvaluationOptions { Residency = MemberResidency.Streamed, HiddenStateBytes = hiddenStateBytes });
        AssertSameLosses(resident, streamed);
        Assert.Equal((MemberResidency.Resident, MemberResidency.Streamed), (resident.Residency, streamed.Residency));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void The_batch_changes_no_bit(int batch)
    {
        IReadOnlyList<EnsembleMember> members = Train();
        AssertSameLosses(Evaluate(members), Evaluate(members, new EnsembleEvaluationOptions { Batch = batch }));
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        IReadOnlyList<EnsembleMember> members = Train();
        using var single = Device.OpenCpu(1);
        AssertSameLosses(Evaluate(members), new EnsembleEvaluator(members, runs.Dataset, null, single, new()).Evaluate(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_plain_rungs_come_to_the_same_losses()
    {
        IReadOnlyList<EnsembleMember> members = Train();
        EnsembleScores fast = Evaluate(members);
        EnsembleScores plain = Evaluate(members, new EnsembleEvaluationOptions { Rung = Rung.Naive });
        Assert.Equal(fast.LogitAverage[^1], plain.LogitAverage[^1], 1e-5);
        Assert.Equal(fast.ProbabilityAverage[^1], plain.ProbabilityAverage[^1], 1e-5);
    }

    [Theory]
    [InlineData(MemberResidency.Resident)]
    [InlineData(MemberResidency.Streamed)]
    public void Means_over_orders_are_those_of_the_rotated_members_and_leave_the_given_order_alone(MemberResidency residency)
    {
        IReadOnlyList<EnsembleMember> members = Train();
        EnsembleScores[] rotated = [.. Enumerable.Range(0, MemberCount).Select(first => Evaluate([.. members.Skip(first), .. members.Take(first)]))];
        foreach ((int orders, int[] starts) in new[] { (2, new[] { 0, 1 }), (3, [0, 1, 2]) })
        {
            EnsembleScores scores = Evaluate(members, new EnsembleEvaluationOptions { Residency = residency, Orders = orders });
            AssertSameLosses(rotated[0], scores);
            Assert.Equal(orders, scores.Orders!.Count);
            for (int k = 0; k < MemberCount; k++)
            {
                Assert.Equal(starts.Average(start => rotated[start].LogitAverage[k]), scores.Orders.LogitAverage[k], 1e-14);
                Assert.Equal(starts.Average(start => rotated[start].ProbabilityAverage[k]), scores.Orders.ProbabilityAverage[k], 1e-14);
            }

            Assert.Same(scores.Orders.LogitAverage, scores.LogitCurve);
        }

        Assert.NotEqual(rotated[0].LogitAverage[1], rotated[1].LogitAverage[1]);
        Assert.Null(rotated[0].Orders);
        Assert.Same(rotated[0].LogitAverage, rotated[0].LogitCurve);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Orders_are_at_most_as_many_as_members(int orders)
    {
        IReadOnlyList<EnsembleMember> members = Train();
        var e = Assert.Throws<InputException>(() => Evaluate(members, new EnsembleEvaluationOptions { Orders = orders }));
        Assert.Contains($"--orders was given {orders}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_first_validation_tokens_are_measured_where_that_is_asked_for()
    {
        IReadOnlyList<EnsembleMember> members = Train();
        EnsembleScores scores = new EnsembleEvaluator(members, runs.Dataset, 50, TestRuns.Device, new()).Evaluate(TestContext.Current.CancellationToken);
        Assert.Equal(49, scores.Tokens);
        Assert.Equal(runs.Dataset.TextBytes(runs.Dataset.Validation, 1, 50), scores.TextBytes);
    }

    [Fact]
    public void Another_dataset_is_refused()
    {
        IReadOnlyList<EnsembleMember> members = Train();
        using var others = new TestRuns();
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(others.Path("x"))!, "other.txt"), string.Concat(Enumerable.Repeat("another text\n", 50)));
        using TokenDataset other = DatasetBuilder.Build(new DatasetOptions { Source = others.Path("other.txt") }, others.Path("other"), cancellation: TestContext.Current.CancellationToken);
        var e = Assert.Throws<InputException>(() => new EnsembleEvaluator(members, other, null, TestRuns.Device, new()));
        Assert.Contains(other.Hash, e.Message, StringComparison.Ordinal);
    }

    private TrainingConfig MixedShapes(int member, TrainingConfig config) =>
        member == 1 ? config with { Model = config.Model with { Hidden = 32, Layers = 1 } } : config;

    private IReadOnlyList<EnsembleMember> Train(Func<int, TrainingConfig, TrainingConfig>? change = null)
    {
        for (int member = 0; member < MemberCount; member++)
        {
            TrainingConfig config = (runs.Config with { LearningRate = .03 }).WithSeed((uint)member);
            runs.Run($"member-{member}", change is null ? config : change(member, config));
        }

        return EnsembleMember.Open([.. Enumerable.Range(0, MemberCount).Select(member => runs.Path($"member-{member}"))]);
    }

    private EnsembleScores Evaluate(IReadOnlyList<EnsembleMember> members, EnsembleEvaluationOptions? options = null) =>
        new EnsembleEvaluator(members, runs.Dataset, null, TestRuns.Device, options ?? new()).Evaluate(TestContext.Current.CancellationToken);

    private (double[] ByLogits, double[] ByProbabilities) Reference(IReadOnlyList<EnsembleMember> members)
    {
        int length = members[0].Config.Length;
        int vocabulary = members[0].Config.Model.Vocabulary;
        var reader = new ValidationReader(runs.Dataset.Validation, length, batch: 1);
        var byLogits = new double[members.Count];
        var byProbabilities = new double[members.Count];
        LlamaModel[] models = [.. members.Select(member => member.Load(TestRuns.Device, batch: 1))];
        var inputs = new int[length];
        var targets = new int[length];
        var logits = new float[length * vocabulary];
        for (int batch = 0; batch < reader.Batches; batch++)
        {
            reader.Read(batch, inputs, targets);
            var sums = new double[length * vocabulary];
            var probabilities = new double[length];
            for (int k = 1; k <= models.Length; k++)
            {
                models[k - 1].Logits(inputs, logits);
                for (int token = 0; token < length; token++)
                {
                    if (targets[token] == ValidationReader.NoTarget)
                        continue;
                    Span<double> sum = sums.AsSpan(token * vocabulary, vocabulary);
                    for (int i = 0; i < vocabulary; i++)
                        sum[i] += logits[(token * vocabulary) + i];
                    double[] own = [.. logits.Skip(token * vocabulary).Take(vocabulary).Select(logit => (double)logit)];
                    probabilities[token] += Math.Exp(-Loss(own, targets[token]));
                    byLogits[k - 1] += Loss([.. sum.ToArray().Select(logit => logit / k)], targets[token]);
                    byProbabilities[k - 1] -= Math.Log(probabilities[token] / k);
                }
            }
        }

        foreach (LlamaModel model in models)
            model.Dispose();
        return ([.. byLogits.Select(sum => sum / reader.Targets)], [.. byProbabilities.Select(sum => sum / reader.Targets)]);
    }

    private static double Loss(double[] logits, int target)
    {
        double largest = logits.Max();
        return largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest))) - logits[target];
    }

    private static void AssertSameLosses(EnsembleScores expected, EnsembleScores actual)
    {
        Assert.Equal(expected.Members, actual.Members);
        Assert.Equal(expected.LogitAverage, actual.LogitAverage);
        Assert.Equal(expected.ProbabilityAverage, actual.ProbabilityAverage);
    }
}
