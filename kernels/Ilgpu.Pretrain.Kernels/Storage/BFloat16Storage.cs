using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>bf16, rounded to nearest even where it is written.</summary>
internal readonly struct BFloat16Storage : IStorage<BFloat16>
{
    public static float ToSingle(BFloat16 value) => value.ToSingle();

    public static BFloat16 FromSingle(float value) => BFloat16.FromSingle(value);

    public static Float4 Load4(ArrayView<BFloat16> view, long index)
    {
        Bits64 bits = view.Cast<Bits64>()[index];
        return new Float4
        {
            X = BFloat16Pair.Low(bits.X),
            Y = BFloat16Pair.High(bits.X),
            Z = BFloat16Pair.Low(bits.Y),
            W = BFloat16Pair.High(bits.Y),
        };
    }

    public static void Store4(ArrayView<BFloat16> view, long index, Float4 values) =>
        view.Cast<Bits64>()[index] = new Bits64
        {
            X = BFloat16Pair.Pack(values.X, values.Y),
            Y = BFloat16Pair.Pack(values.Z, values.W),
        };
}
