using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One thread a pair of features.</summary>
internal sealed class RopeNaive<T, TStorage> : Rope<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int> turn;

    public RopeNaive(Device device) =>
        turn = device.Watched(this, device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<T>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int>(TurnPair));

    private protected override void Launch(in Tensor<T> qkv, RopeTable table, AttentionShape shape, int firstPosition, bool inverse)
    {
        int pairs = checked(shape.Tokens * (shape.Heads + shape.KeyValueHeads) * (shape.HeadSize / 2));
        turn(pairs, qkv.View, table.Cosines.View, table.Sines.View, shape, firstPosition, inverse ? 1 : 0);
    }

    private static void TurnPair(
        Index1D index,
        ArrayView<T> qkv,
        ArrayView<float> cosines,
        ArrayView<float> sines,
        AttentionShape shape,
        int firstPosition,
        int inverse)
    {
        int half = shape.HeadSize / 2;
        int heads = shape.Heads + shape.KeyValueHeads;
        int pair = index % half;
        int head = index / half % heads;
        int token = index / half / heads;
        long angle = ((long)(firstPosition + (token % shape.Length)) * half) + pair;
        float cosine = cosines[angle];
        float sine = inverse != 0 ? -sines[angle] : sines[angle];
        long first = ((long)token * shape.QkvColumns) + (head * shape.HeadSize) + pair;
        float a = TStorage.ToSingle(qkv[first]);
        float b = TStorage.ToSingle(qkv[first + half]);
        qkv[first] = TStorage.FromSingle((a * cosine) - (b * sine));
        qkv[first + half] = TStorage.FromSingle((b * cosine) + (a * sine));
    }
}
