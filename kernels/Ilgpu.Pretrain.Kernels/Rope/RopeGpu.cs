using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// One thread four pairs of features: both halves and their cosines and sines are one access each, where Naive has one for
/// every number.
/// </summary>
/// <remarks>
/// With s bytes an element, 2 s moved for each of tokens * (heads + key/value heads) * head size elements, and 3 FLOPs; the
/// tables stay in cache. Floor: that over the memory's bandwidth; for bf16, 8192 tokens and 32 heads of 64 at 3.35 TB/s 20 us.
/// </remarks>
internal sealed class RopeGpu<T, TStorage> : Rope<T>
    where T : unmanaged
    where TStorage : struct, IStorage<T>
{
    private readonly Action<KernelConfig, ArrayView<T>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int, int> turn;

    public RopeGpu(Device device) =>
        turn = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<T>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int, int>(TurnKernel));

    private protected override void Launch(in Tensor<T> qkv, RopeTable table, AttentionShape shape, int firstPosition, bool inverse)
    {
        int half = shape.HeadSize / 2;
        bool wide = half % 4 == 0 && Quads.StartFits(qkv.View);
        int items = checked(shape.Tokens * (shape.Heads + shape.KeyValueHeads) * Quads.PerRow(half));
        turn(Quads.Launch(items), qkv.View, table.Cosines.View, table.Sines.View, shape, firstPosition, inverse ? -1 : 1, wide ? 1 : 0);
    }

    private static void TurnKernel(
        ArrayView<T> qkv,
        ArrayView<float> cosines,
        ArrayView<float> sines,
        AttentionShape shape,
        int firstPosition,
        int direction,
        int wide)
    {
        int half = shape.HeadSize / 2;
        int perHead = (half + 3) / 4;
        int heads = shape.Heads + shape.KeyValueHeads;
        int item = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int pair = item % perHead * 4;
        int head = item / perHead % heads;
        int token = item / perHead / heads;
        if (token >= shape.Batch * shape.Length)
            return;
        long angle = ((long)(firstPosition + (token % shape.Length)) * half) + pair;
        long first = ((long)token * shape.QkvColumns) + (head * shape.HeadSize) + pair;
        if (wide != 0)
        {
            Float4 a = TStorage.Load4(qkv, first >> 2);
            Float4 b = TStorage.Load4(qkv, (first + half) >> 2);
            Float4 cosine = Fp32Storage.Load4(cosines, angle >> 2);
            Float4 sine = Fp32Storage.Load4(sines, angle >> 2);
            sine = new Float4 { X = direction * sine.X, Y = direction * sine.Y, Z = direction * sine.Z, W = direction * sine.W };
            TStorage.Store4(qkv, first >> 2, new Float4
            {
                X = (a.X * cosine.X) - (b.X * sine.X),
                Y = (a.Y * cosine.Y) - (b.Y * sine.Y),
                Z = (a.Z * cosine.Z) - (b.Z * sine.Z),
                W = (a.W * cosine.W) - (b.W * sine.W),
            });
            TStorage.Store4(qkv, (first + half) >> 2, new Float4
            {
                X = (b.X * cosine.X) + (a.X * sine.X),
                Y = (b.Y * cosine.Y) + (a.Y * sine.Y),
                Z = (b.Z * cosine.Z) + (a.Z * sine.Z),
                W = (b.W * cosine.W) + (a.W * sine.W),
            });
            return;
        }

        int left = half - pair;
        for (int i = 0; i < 4 && i < left; i++)
        {
            float a = TStorage.ToSingle(qkv[first + i]);
            float b = TStorage.ToSingle(qkv[first + half + i]);
            float cosine = cosines[angle + i];
            float sine = direction * sines[angle + i];
            qkv[first + i] = TStorage.FromSingle((a * cosine) - (b * sine));
            qkv[first + half + i] = TStorage.FromSingle((b * cosine) + (a * sine));
        }
    }
}
