using System.Diagnostics;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// Learns the weights of an ensemble's members on one half of the validation windows and measures them on the other. Both
/// losses are convex in the weights. For probabilities one pass gives all there is to know, each member's probability of each
/// token; for logits each step of Newton's method is a pass over the first half.
/// </summary>
public sealed class WeightLearning
{
    /// <summary>Nats that a fit may end above the least loss: below what losses are told to.</summary>
    private const double Tolerance = 1e-5;

    private readonly IReadOnlyList<EnsembleMember> members;
    private readonly Device device;
    private readonly EnsembleEvaluationOptions options;
    private readonly ValidationReader reader;
    private readonly long fittedTokens;

    /// <param name="members">From <see cref="EnsembleMember.Open(IReadOnlyList{string}, Action{string}?)"/>.</param>
    /// <param name="dataset">That they were trained on.</param>
    /// <param name="validationTokens">Only the first ones; null for all.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="options">How to go about it; orders have no part in it.</param>
    /// <exception cref="InputException">The dataset is another, or has fewer than two windows to predict.</exception>
    public WeightLearning(IReadOnlyList<EnsembleMember> members, TokenDataset dataset, long? validationTokens, Device device, EnsembleEvaluationOptions options)
    {
        if (members[0].Config.DatasetHash != dataset.Hash)
            throw new InputException($"The members were trained on the dataset {members[0].Config.DatasetHash}; the one given is {dataset.Hash}.");
        this.members = members;
        this.device = device;
        this.options = options;
        reader = new ValidationReader(dataset.Validation, members[0].Config.Length, options.Batch ?? members[0].Config.Batch, validationTokens);
        long windows = (reader.Targets + reader.Length - 1) / reader.Length;
        if (windows < 2)
            throw new InputException($"Weights are learned on one half of the validation windows and reported on the other; {reader.Targets + 1} tokens make one window of --length {reader.Length}: take more --val-tokens.");
        fittedTokens = windows / 2 * reader.Length;
    }

    /// <summary>Predicted tokens that weights are fitted to.</summary>
    public long FittedTokens => fittedTokens;

    /// <summary>Predicted tokens that losses are reported on.</summary>
    public long ReportedTokens => reader.Targets - fittedTokens;

    public EnsembleWeights Learn(CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        int tokens = reader.Batch * reader.Length;
        int vocabulary = members[0].Config.Model.Vocabulary;
        MemberResidency residency = MemberStates.ResidencyOf(members, reader, device, options, MixtureHead.Bytes(members.Count, tokens, vocabulary));
        using var head = new MixtureHead(device, members.Count, tokens, vocabulary, options.Rung);
        using IMemberStates states = MemberStates.Open(members, reader, device, options, residency);
        double[] equal = [.. Enumerable.Repeat(1.0 / members.Count, members.Count)];

        var losses = new MemberLosses(members.Count, reader.Targets);
        var fitted = new MixtureSums(members.Count, 0, fittedTokens);
        var reported = new MixtureSums(members.Count, fittedTokens, reader.Targets);
        states.Visit(
            0,
            reader.Batches,
            (batch, hidden, heads, targets) =>
            {
                head.Evaluate(hidden, heads, targets, equal);
                losses.Take((long)batch * tokens, head);
                fitted.Add((long)batch * tokens, head);
                reported.Add((long)batch * tokens, head);
            },
            cancellation);
        QuadraticModel atEqual = fitted.Mean();
        bool isFirst = true;
        SimplexMinimum logits = SimplexMinimizer.Minimize(members.Count, Tolerance, weights =>
        {
            QuadraticModel model = isFirst ? atEqual : OnTokens(0, fittedTokens, states, head, weights, cancellation);
            isFirst = false;
            return model;
        });
        SimplexMinimum probabilities = SimplexMinimizer.Minimize(members.Count, Tolerance, weights => losses.Mixture(weights, 0, fittedTokens));
        return new EnsembleWeights(
            new LearnedWeights(logits.Weights, reported.Mean().Value, OnTokens(fittedTokens, reader.Targets, states, head, logits.Weights, cancellation).Value, atEqual.Value, logits.Value, logits.Gap),
            new LearnedWeights(
                probabilities.Weights,
                losses.Mixture(equal, fittedTokens, reader.Targets).Value,
                losses.Mixture(probabilities.Weights, fittedTokens, reader.Targets).Value,
                losses.Mixture(equal, 0, fittedTokens).Value,
                probabilities.Value,
                probabilities.Gap),
            fittedTokens,
            ReportedTokens,
            clock.Elapsed.TotalSeconds);
    }

    /// <summary>The mean loss of weighted logits over some of the tokens, with its derivatives: a pass over their batches.</summary>
    private QuadraticModel OnTokens(long first, long end, IMemberStates states, MixtureHead head, double[] weights, CancellationToken cancellation)
    {
        int tokens = reader.Batch * reader.Length;
        var sums = new MixtureSums(members.Count, first, end);
        states.Visit(
            (int)(first / tokens),
            (int)((end + tokens - 1) / tokens),
            (batch, hidden, heads, targets) =>
            {
                head.Evaluate(hidden, heads, targets, weights);
                sums.Add((long)batch * tokens, head);
            },
            cancellation);
        return sums.Mean();
    }
}
