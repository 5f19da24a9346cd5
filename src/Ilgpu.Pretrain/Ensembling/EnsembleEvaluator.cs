using System.Diagnostics;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Scores an ensemble on the validation part of its dataset: every member, and the first K for every K.</summary>
public sealed class EnsembleEvaluator
{
    private readonly IReadOnlyList<EnsembleMember> members;
    private readonly Device device;
    private readonly EnsembleEvaluationOptions options;
    private readonly ValidationReader reader;
    private readonly int batch;
    private readonly int tokens;
    private readonly int vocabulary;
    private readonly long textBytes;

    /// <param name="members">From <see cref="EnsembleMember.Open(IReadOnlyList{string}, Action{string}?)"/>.</param>
    /// <param name="dataset">That they were trained on, or <see cref="EnsembleEvaluationOptions.OtherData"/>.</param>
    /// <param name="validationTokens">Only the first ones; null for all.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="options">How to go about it.</param>
    /// <exception cref="InputException">The dataset is another or has nothing to predict, or there are more orders than members.</exception>
    public EnsembleEvaluator(
        IReadOnlyList<EnsembleMember> members,
        TokenDataset dataset,
        long? validationTokens,
        Device device,
        EnsembleEvaluationOptions options)
    {
        if (!options.OtherData && members[0].Config.DatasetHash != dataset.Hash)
            throw new InputException($"The members were trained on the dataset {members[0].Config.DatasetHash}; the one given is {dataset.Hash}.");
        InputException.ThrowUnless(
            options.Orders >= 1 && options.Orders <= members.Count,
            "--orders",
            options.Orders,
            FormattableString.Invariant($"a whole number from 1 to {members.Count}, the members"));
        this.members = members;
        this.device = device;
        this.options = options;
        batch = options.Batch ?? members[0].Config.Batch;
        reader = new ValidationReader(dataset.Validation, members[0].Config.Length, batch, validationTokens);
        tokens = batch * members[0].Config.Length;
        vocabulary = members[0].Config.Model.Vocabulary;
        textBytes = dataset.ValidationTextBytes(reader.Targets);
    }

    /// <summary>Tokens that are predicted.</summary>
    public long Tokens => reader.Targets;

    /// <summary>Bytes of device memory that all members take at once.</summary>
    public long ResidentBytes => MemberStates.ResidentBytes(members, batch) + HeadBytes;

    private long HeadBytes => EnsembleHead.Bytes(members.Count, tokens, vocabulary, options.Orders);

    public EnsembleScores Evaluate(CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        MemberResidency residency = MemberStates.ResidencyOf(members, reader, device, options, HeadBytes);
        var sums = new EnsembleLossSums(members.Count, tokens, options.Orders);
        using var head = new EnsembleHead(device, members.Count, tokens, vocabulary, options.Orders, options.Rung);
        using (IMemberStates states = MemberStates.Open(members, reader, device, options, residency))
            states.Visit(0, reader.Batches, (_, hidden, heads, targets) => head.AddLosses(hidden, heads, targets, sums), cancellation);
        return sums.Scores(reader.Targets, textBytes, residency, clock.Elapsed.TotalSeconds);
    }
}
