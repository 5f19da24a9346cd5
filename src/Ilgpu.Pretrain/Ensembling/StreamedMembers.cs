using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// Members that are not in memory at once. For a block of windows, as many as the hidden states' memory takes, one member
/// after the other is loaded and leaves its final hidden states in host memory; then the block goes through all heads. A
/// block that is asked for again at once is still there.
/// </summary>
internal sealed class StreamedMembers : IMemberStates
{
    private readonly IReadOnlyList<EnsembleMember> members;
    private readonly ValidationReader reader;
    private readonly Device device;
    private readonly EnsembleEvaluationOptions options;
    private readonly Slab<float> slab;
    private readonly DeviceBuffer<int> targetBuffer;
    private readonly Tensor<int> targets;
    private readonly Tensor<float>[] heads;
    private readonly Tensor<float>[] hidden;
    private readonly bool[] headIsThere;
    private readonly float[][][] kept;
    private readonly int[] inputIds;
    private readonly int[] targetIds;

    private (int First, int Count) keptBlock;

    public StreamedMembers(IReadOnlyList<EnsembleMember> members, ValidationReader reader, Device device, EnsembleEvaluationOptions options)
    {
        this.members = members;
        this.reader = reader;
        this.device = device;
        this.options = options;
        int tokens = reader.Batch * reader.Length;
        int vocabulary = members[0].Config.Model.Vocabulary;
        inputIds = new int[tokens];
        targetIds = new int[tokens];
        headIsThere = new bool[members.Count];
        var layout = new SlabLayout();
        SlabEntry[] headEntries = [.. members.Select((member, i) => layout.Reserve($"head.{i}", vocabulary, member.Config.Model.Hidden))];
        SlabEntry[] hiddenEntries = [.. members.Select((member, i) => layout.Reserve($"hidden.{i}", tokens, member.Config.Model.Hidden))];
        slab = new Slab<float>(device, layout);
        heads = [.. headEntries.Select(entry => slab[entry])];
        hidden = [.. hiddenEntries.Select(entry => slab[entry])];
        targetBuffer = device.Allocate<int>(tokens);
        targets = new Tensor<int>(targetBuffer.View, 1, tokens);

        long hiddenPerBatch = members.Sum(member => (long)tokens * member.Config.Model.Hidden);
        int blockBatches = (int)Math.Clamp(options.HiddenStateBytes / (hiddenPerBatch * sizeof(float)), 1, reader.Batches);
        kept = [.. members.Select(member =>
            Enumerable.Range(0, blockBatches).Select(_ => new float[tokens * member.Config.Model.Hidden]).ToArray())];
    }

    public void Visit(int first, int end, MemberStatesVisitor visitor, CancellationToken cancellation)
    {
        int blockBatches = kept[0].Length;
        for (int start = first; start < end; start += blockBatches)
        {
            int count = Math.Min(blockBatches, end - start);
            KeepBlock(start, count, cancellation);
            for (int i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                reader.Read(start + i, inputIds, targetIds);
                targets.CopyFrom(targetIds);
                for (int member = 0; member < members.Count; member++)
                    hidden[member].CopyFrom(kept[member][i]);
                visitor(start + i, hidden, heads, targets);
            }
        }
    }

    public void Dispose()
    {
        targetBuffer.Dispose();
        slab.Dispose();
    }

    private void KeepBlock(int first, int count, CancellationToken cancellation)
    {
        if (keptBlock == (first, count))
            return;
        keptBlock = default;
        for (int member = 0; member < members.Count; member++)
            KeepHiddenStates(member, first, count, cancellation);
        keptBlock = (first, count);
    }

    private void KeepHiddenStates(int member, int first, int count, CancellationToken cancellation)
    {
        using LlamaModel model = members[member].Load(device, reader.Batch, options.Rung);
        if (!headIsThere[member])
            heads[member].CopyFrom(model.Weights.Head.ToArray());
        headIsThere[member] = true;
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            reader.Read(first + i, inputIds, targetIds);
            model.HiddenStates(inputIds).CopyTo(kept[member][i]);
        }
    }
}
