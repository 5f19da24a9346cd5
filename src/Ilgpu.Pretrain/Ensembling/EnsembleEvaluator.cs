using System.Diagnostics;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Scores an ensemble on the validation part of its dataset: every member, and the first K for every K.</summary>
public sealed class EnsembleEvaluator
{
    /// <summary>Of a device's memory, what members may take before they are streamed: other things need room too.</summary>
    private const double ResidentShare = .8;

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
    /// <exception cref="InputException">The dataset is another, or has nothing to predict.</exception>
    public EnsembleEvaluator(
        IReadOnlyList<EnsembleMember> members,
        TokenDataset dataset,
        long? validationTokens,
        Device device,
        EnsembleEvaluationOptions options)
    {
        if (!options.OtherData && members[0].Config.DatasetHash != dataset.Hash)
            throw new InputException($"The members were trained on the dataset {members[0].Config.DatasetHash}; the one given is {dataset.Hash}.");
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
    public long ResidentBytes =>
        members.Sum(member => ModelPlan.Of(member.Config.Model, new LlamaModelOptions(batch, member.Config.Length)).Total)
        + EnsembleHead.Bytes(members.Count, tokens, vocabulary);

    public EnsembleScores Evaluate(CancellationToken cancellation = default)
    {
        MemberResidency residency = options.Residency != MemberResidency.Auto ? options.Residency
            : ResidentBytes <= ResidentShare * device.Description.MemoryBytes ? MemberResidency.Resident
            : MemberResidency.Streamed;
        var clock = Stopwatch.StartNew();
        var sums = new EnsembleLossSums(members.Count, tokens);
        using var head = new EnsembleHead(device, members.Count, tokens, vocabulary, options.Rung);
        using DeviceBuffer<int> targetIds = device.Allocate<int>(tokens);
        var targets = new Tensor<int>(targetIds.View, 1, tokens);
        if (residency == MemberResidency.Resident)
            AddResident(head, targets, sums, cancellation);
        else
            new StreamedMembers(members, reader, device, batch, options).AddLosses(head, targets, sums, cancellation);
        return sums.Scores(reader.Targets, textBytes, residency, clock.Elapsed.TotalSeconds);
    }

    private void AddResident(EnsembleHead head, Tensor<int> targets, EnsembleLossSums sums, CancellationToken cancellation)
    {
        var models = new List<LlamaModel>();
        try
        {
            foreach (EnsembleMember member in members)
                models.Add(member.Load(device, batch, options.Rung));
            Tensor<float>[] heads = [.. models.Select(model => model.Weights.Head)];
            var hidden = new Tensor<float>[models.Count];
            var inputIds = new int[tokens];
            var targetIds = new int[tokens];
            for (int i = 0; i < reader.Batches; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                reader.Read(i, inputIds, targetIds);
                targets.CopyFrom(targetIds);
                for (int member = 0; member < models.Count; member++)
                    hidden[member] = models[member].HiddenStates(inputIds);
                head.AddLosses(hidden, heads, targets, sums);
            }
        }
        finally
        {
            models.ForEach(model => model.Dispose());
        }
    }
}
