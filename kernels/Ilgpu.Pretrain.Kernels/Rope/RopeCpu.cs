using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Tiles of rows in SIMD.</summary>
internal sealed unsafe class RopeCpu<TFloats> : Rope<float>
    where TFloats : unmanaged, IFloats<TFloats>
{
    private readonly Action<KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int> turn;

    public RopeCpu(Device device) =>
        turn = device.Watched(this, device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, AttentionShape, int, int>(TurnKernel));

    private protected override void Launch(in Tensor<float> qkv, RopeTable table, AttentionShape shape, int firstPosition, bool inverse)
    {
        int tiles = Tiling.Count(shape.Tokens, Tiling.RowsPerTile(shape.QkvColumns));
        turn(new KernelConfig(tiles, 1), qkv.View, table.Cosines.View, table.Sines.View, shape, firstPosition, inverse ? 1 : 0);
    }

    private static void TurnKernel(
        ArrayView<float> qkv,
        ArrayView<float> cosines,
        ArrayView<float> sines,
        AttentionShape shape,
        int firstPosition,
        int inverse) => TurnTile(Grid.IdxX, qkv, cosines, sines, shape, firstPosition, inverse);

    [IntrinsicImplementation]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TurnTile(
        int tile,
        ArrayView<float> qkv,
        ArrayView<float> cosines,
        ArrayView<float> sines,
        AttentionShape shape,
        int firstPosition,
        int inverse)
    {
        int half = shape.HeadSize / 2;
        int heads = shape.Heads + shape.KeyValueHeads;
        int perTile = Tiling.RowsPerTile(shape.QkvColumns);
        int first = tile * perTile;
        int last = Math.Min(first + perTile, shape.Tokens);
        float sign = inverse != 0 ? -1 : 1;
        for (int row = first; row < last; row++)
        {
            long angle = (long)(firstPosition + (row % shape.Length)) * half;
            float* cosine = cosines.Pointer() + angle;
            float* sine = sines.Pointer() + angle;
            float* a = qkv.Pointer() + ((long)row * shape.QkvColumns);
            for (int head = 0; head < heads; head++, a += shape.HeadSize)
                TurnHead(a, a + half, cosine, sine, sign, half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnHead(float* a, float* b, float* cosine, float* sine, float sign, int half)
    {
        TFloats signs = TFloats.Create(sign);
        int i = 0;
        for (; i <= half - 16; i += 16)
        {
            TFloats x = TFloats.Load(a + i);
            TFloats y = TFloats.Load(b + i);
            TFloats cosines = TFloats.Load(cosine + i);
            TFloats sines = TFloats.Load(sine + i) * signs;
            TFloats.Store((x * cosines) - (y * sines), a + i);
            TFloats.Store((y * cosines) + (x * sines), b + i);
        }

        for (; i <= half - Vector128<float>.Count; i += Vector128<float>.Count)
        {
            Vector128<float> x = Vector128.Load(a + i);
            Vector128<float> y = Vector128.Load(b + i);
            Vector128<float> cosines = Vector128.Load(cosine + i);
            Vector128<float> sines = Vector128.Load(sine + i) * sign;
            Vector128.Store((x * cosines) - (y * sines), a + i);
            Vector128.Store((y * cosines) + (x * sines), b + i);
        }

        for (; i < half; i++)
        {
            float x = a[i];
            float y = b[i];
            a[i] = (x * cosine[i]) - (y * sine[i] * sign);
            b[i] = (y * cosine[i]) + (x * sine[i] * sign);
        }
    }
}
