using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>
/// Members that are not in memory at once. For a block of windows, as many as the hidden states' memory takes, one member
/// after the other is loaded and leaves its final hidden states in host memory; then the block goes through all heads.
/// </summary>
internal sealed class StreamedMembers(
    IReadOnlyList<EnsembleMember> members,
    ValidationReader reader,
    Device device,
    int batch,
    EnsembleEvaluationOptions options)
{
    private readonly int tokens = batch * reader.Length;
    private readonly int[] inputIds = new int[batch * reader.Length];
    private readonly int[] targetIds = new int[batch * reader.Length];

    public void AddLosses(EnsembleHead head, Tensor<int> targets, EnsembleLossSums sums, CancellationToken cancellation)
    {
        int vocabulary = members[0].Config.Model.Vocabulary;
        var layout = new SlabLayout();
        SlabEntry[] headEntries = [.. members.Select((member, i) => layout.Reserve($"head.{i}", vocabulary, member.Config.Model.Hidden))];
        SlabEntry[] hiddenEntries = [.. members.Select((member, i) => layout.Reserve($"hidden.{i}", tokens, member.Config.Model.Hidden))];
        using var slab = new Slab<float>(device, layout);
        Tensor<float>[] heads = [.. headEntries.Select(entry => slab[entry])];
        Tensor<float>[] hidden = [.. hiddenEntries.Select(entry => slab[entry])];

        long hiddenPerBatch = members.Sum(member => (long)tokens * member.Config.Model.Hidden);
        int blockBatches = (int)Math.Clamp(options.HiddenStateBytes / (hiddenPerBatch * sizeof(float)), 1, reader.Batches);
        float[][][] kept = [.. members.Select(member =>
            Enumerable.Range(0, blockBatches).Select(_ => new float[tokens * member.Config.Model.Hidden]).ToArray())];
        for (int first = 0; first < reader.Batches; first += blockBatches)
        {
            int count = Math.Min(blockBatches, reader.Batches - first);
            for (int member = 0; member < members.Count; member++)
                KeepHiddenStates(members[member], heads[member], kept[member], first, count, cancellation);
            for (int i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                reader.Read(first + i, inputIds, targetIds);
                targets.CopyFrom(targetIds);
                for (int member = 0; member < members.Count; member++)
                    hidden[member].CopyFrom(kept[member][i]);
                head.AddLosses(hidden, heads, targets, sums);
            }
        }
    }

    private void KeepHiddenStates(EnsembleMember member, in Tensor<float> head, float[][] kept, int first, int count, CancellationToken cancellation)
    {
        using LlamaModel model = member.Load(device, batch, options.Rung);
        if (first == 0)
            head.CopyFrom(model.Weights.Head.ToArray());
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            reader.Read(first + i, inputIds, targetIds);
            model.HiddenStates(inputIds).CopyTo(kept[i]);
        }
    }
}
