namespace Ilgpu.Pretrain.Data;

/// <summary>Windows cut from the tokens as they lie, then permuted: 4 bytes a window.</summary>
internal sealed class ShuffledWindows(TokenSpan part, int windows, int length) : EpochSequence
{
    private readonly int[] order = new int[windows];

    public override void Draw(SplitMix64 random) => random.Permute(order);

    public override void Read(int number, Span<int> ids) => part.Read((long)order[number] * length, ids);
}
