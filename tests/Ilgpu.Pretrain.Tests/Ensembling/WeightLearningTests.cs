using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Training;

namespace Ilgpu.Pretrain.Tests.Ensembling;

/// <summary>Weights of three members, one of whom has hardly learned: against losses worked out in double precision.</summary>
public sealed class WeightLearningTests : IDisposable
{
    /// <summary>Means of fp32 losses, as in the evaluator's tests, and weights that are rounded to fp32.</summary>
    private const double Fp32Losses = 3e-6;

    private readonly TestRuns runs = new();
    private readonly IReadOnlyList<EnsembleMember> members;

    public WeightLearningTests()
    {
        double[] rates = [.03, .02, .0005];
        for (int member = 0; member < 3; member++)
            runs.Run($"member-{member}", (runs.Config with { LearningRate = rates[member] }).WithSeed((uint)member));
        members = EnsembleMember.Open([.. Enumerable.Range(0, 3).Select(member => runs.Path($"member-{member}"))]);
    }

    public void Dispose() => runs.Dispose();

    [Fact]
    public void Weights_are_the_best_on_the_half_they_are_fitted_to_and_reported_on_the_other()
    {
        EnsembleWeights learned = Learn();
        Assert.Equal(runs.Dataset.Validation.Length - 1, learned.FittedTokens + learned.Tokens);
        Assert.Equal(0, learned.FittedTokens % runs.Config.Length);
        Assert.InRange(learned.Tokens - learned.FittedTokens, 1 - runs.Config.Length, runs.Config.Length);
        double[] equal = [1 / 3.0, 1 / 3.0, 1 / 3.0];
        (double[][][] logits, int[] targets) = Logits();
        foreach ((LearnedWeights of, bool byLogits) in new[] { (learned.Logits, true), (learned.Probabilities, false) })
        {
            double[] weights = [.. of.Weights];
            Assert.Equal(1, weights.Sum(), 1e-12);
            Assert.All(weights, weight => Assert.InRange(weight, 0, 1));
            int half = (int)learned.FittedTokens;
            Assert.Equal(Loss(logits, targets, equal, byLogits, 0, half), of.FittedEqualLoss, Fp32Losses);
            Assert.Equal(Loss(logits, targets, weights, byLogits, 0, half), of.FittedLoss, Fp32Losses);
            Assert.Equal(Loss(logits, targets, equal, byLogits, half, targets.Length), of.EqualLoss, Fp32Losses);
            Assert.Equal(Loss(logits, targets, weights, byLogits, half, targets.Length), of.Loss, Fp32Losses);
            Assert.True(of.FittedLoss < of.FittedEqualLoss - .01, $"{of.FittedLoss} {of.FittedEqualLoss}");
            Assert.InRange(of.Gap, 0, 1e-5);
            AssertNoNeighbourIsBetter(weights, candidate => Loss(logits, targets, candidate, byLogits, 0, half), of.Gap + Fp32Losses);
        }
    }

    [Fact]
    public void Equal_weights_have_the_losses_that_the_evaluator_gives()
    {
        EnsembleWeights learned = Learn();
        EnsembleScores scores = new EnsembleEvaluator(members, runs.Dataset, null, TestRuns.Device, new()).Evaluate(TestContext.Current.CancellationToken);
        double Whole(LearnedWeights of) => ((of.FittedEqualLoss * learned.FittedTokens) + (of.EqualLoss * learned.Tokens)) / scores.Tokens;
        Assert.Equal(scores.LogitAverage[2], Whole(learned.Logits), 1e-6);
        Assert.Equal(scores.ProbabilityAverage[2], Whole(learned.Probabilities), 1e-6);
    }

    [Fact]
    public void Neither_residency_nor_batch_nor_threads_change_a_bit()
    {
        EnsembleWeights usual = Learn(new EnsembleEvaluationOptions { Residency = MemberResidency.Resident });
        AssertSame(usual, Learn(new EnsembleEvaluationOptions { Residency = MemberResidency.Streamed }));
        AssertSame(usual, Learn(new EnsembleEvaluationOptions { Residency = MemberResidency.Streamed, HiddenStateBytes = 1 }));
        AssertSame(usual, Learn(new EnsembleEvaluationOptions { Batch = 1 }));
        AssertSame(usual, Learn(new EnsembleEvaluationOptions { Batch = 7 }));
        using var single = Device.OpenCpu(1);
        AssertSame(usual, new WeightLearning(members, runs.Dataset, null, single, new()).Learn(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Too_few_validation_tokens_are_refused()
    {
        var e = Assert.Throws<InputException>(() => new WeightLearning(members, runs.Dataset, 17, TestRuns.Device, new()));
        Assert.Contains("17 tokens make one window of --length 16", e.Message, StringComparison.Ordinal);
        Assert.Equal((16, 1), (new WeightLearning(members, runs.Dataset, 18, TestRuns.Device, new()).FittedTokens, new WeightLearning(members, runs.Dataset, 18, TestRuns.Device, new()).ReportedTokens));
    }

    [Fact]
    public void What_was_learned_is_found_in_the_ensembles_folder()
    {
        string folder = EnsembleFolder.Write(runs.Path("ensembles"), members, null, new EnsembleScores([1, 1, 1], [1, 1, 1], [1, 1, 1], 1, 1, MemberResidency.Resident, 0));
        Assert.Null(EnsembleFolder.FindWeights(folder));
        EnsembleWeights learned = EnsembleFolder.FindOrLearn(folder, () => Learn());
        AssertSame(learned, EnsembleFolder.FindOrLearn(folder, () => throw new InvalidOperationException("learned again")));
        string path = Path.Combine(folder, "weights.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"tokens\"", "\"token\"", StringComparison.Ordinal));
        Assert.StartsWith($"'{path}' was edited or is damaged", Assert.Throws<InputException>(() => EnsembleFolder.FindWeights(folder)).Message, StringComparison.Ordinal);
    }

    private static void AssertNoNeighbourIsBetter(double[] weights, Func<double[], double> loss, double margin)
    {
        double least = loss(weights);
        foreach (double moved in new[] { .001, .05 })
        {
            for (int from = 0; from < weights.Length; from++)
            {
                for (int to = 0; to < weights.Length; to++)
                {
                    if (from == to || weights[from] < moved)
                        continue;
                    double[] neighbour = [.. weights.Select((weight, i) => weight + (i == to ? moved : i == from ? -moved : 0))];
                    Assert.True(loss(neighbour) >= least - margin, $"{moved} from {from} to {to}");
                }
            }
        }
    }

    private static void AssertSame(EnsembleWeights expected, EnsembleWeights actual)
    {
        foreach ((LearnedWeights one, LearnedWeights other) in new[] { (expected.Logits, actual.Logits), (expected.Probabilities, actual.Probabilities) })
        {
            Assert.Equal(one.Weights, other.Weights);
            Assert.Equal(one with { Weights = [] }, other with { Weights = [] });
        }
    }

    private EnsembleWeights Learn(EnsembleEvaluationOptions? options = null) =>
        new WeightLearning(members, runs.Dataset, null, TestRuns.Device, options ?? new()).Learn(TestContext.Current.CancellationToken);

    /// <summary>Of each member and predicted token, and the tokens.</summary>
    private (double[][][] Logits, int[] Targets) Logits()
    {
        int length = runs.Config.Length;
        int vocabulary = runs.Config.Model.Vocabulary;
        var reader = new ValidationReader(runs.Dataset.Validation, length, batch: 1);
        var all = new List<double[]>[members.Count];
        var predicted = new List<int>();
        for (int member = 0; member < members.Count; member++)
        {
            using LlamaModel model = members[member].Load(TestRuns.Device, batch: 1);
            all[member] = [];
            var inputs = new int[length];
            var targets = new int[length];
            var logits = new float[length * vocabulary];
            for (int batch = 0; batch < reader.Batches; batch++)
            {
                reader.Read(batch, inputs, targets);
                model.Logits(inputs, logits);
                for (int token = 0; token < length; token++)
                {
                    if (targets[token] == ValidationReader.NoTarget)
                        continue;
                    all[member].Add([.. logits.Skip(token * vocabulary).Take(vocabulary).Select(logit => (double)logit)]);
                    if (member == 0)
                        predicted.Add(targets[token]);
                }
            }
        }

        return ([.. all.Select(member => member.ToArray())], [.. predicted]);
    }

    private static double Loss(double[][][] logits, int[] targets, double[] weights, bool byLogits, int first, int end)
    {
        double sum = 0;
        for (int token = first; token < end; token++)
        {
            if (byLogits)
            {
                double[] mixed = [.. logits[0][token].Select((_, v) => logits.Select((member, m) => weights[m] * member[token][v]).Sum())];
                sum += CrossEntropy(mixed, targets[token]);
            }
            else
            {
                sum -= Math.Log(logits.Select((member, m) => weights[m] * Math.Exp(-CrossEntropy(member[token], targets[token]))).Sum());
            }
        }

        return sum / (end - first);
    }

    private static double CrossEntropy(double[] logits, int target)
    {
        double largest = logits.Max();
        return largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest))) - logits[target];
    }
}
