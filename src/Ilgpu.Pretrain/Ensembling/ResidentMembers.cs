using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Members that are all in memory at once.</summary>
internal sealed class ResidentMembers : IMemberStates
{
    private readonly ValidationReader reader;
    private readonly List<LlamaModel> models = [];
    private readonly Tensor<float>[] heads;
    private readonly Tensor<float>[] hidden;
    private readonly DeviceBuffer<int> targetBuffer;
    private readonly Tensor<int> targets;
    private readonly int[] inputIds;
    private readonly int[] targetIds;

    public ResidentMembers(IReadOnlyList<EnsembleMember> members, ValidationReader reader, Device device, EnsembleEvaluationOptions options)
    {
        this.reader = reader;
        int tokens = reader.Batch * reader.Length;
        try
        {
            foreach (EnsembleMember member in members)
                models.Add(member.Load(device, reader.Batch, options.Rung));
            targetBuffer = device.Allocate<int>(tokens);
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }

        targets = new Tensor<int>(targetBuffer.View, 1, tokens);
        heads = [.. models.Select(model => model.Weights.Head)];
        hidden = new Tensor<float>[models.Count];
        inputIds = new int[tokens];
        targetIds = new int[tokens];
    }

    public void Visit(int first, int end, MemberStatesVisitor visitor, CancellationToken cancellation)
    {
        for (int batch = first; batch < end; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            reader.Read(batch, inputIds, targetIds);
            targets.CopyFrom(targetIds);
            for (int member = 0; member < models.Count; member++)
                hidden[member] = models[member].HiddenStates(inputIds);
            visitor(batch, hidden, heads, targets);
        }
    }

    public void Dispose()
    {
        targetBuffer.Dispose();
        models.ForEach(model => model.Dispose());
    }
}
