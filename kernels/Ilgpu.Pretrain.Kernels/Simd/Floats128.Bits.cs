using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Its lanes' bits.</content>
internal readonly unsafe partial struct Floats128
{
    public static Floats128 IndexBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(
            Vector128<uint>.Indices.AsSingle(),
            (Vector128<uint>.Indices + Vector128.Create(4u)).AsSingle(),
            (Vector128<uint>.Indices + Vector128.Create(8u)).AsSingle(),
            (Vector128<uint>.Indices + Vector128.Create(12u)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 CreateBits(uint value)
    {
        Vector128<float> all = Vector128.Create(value).AsSingle();
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 LoadBits(int* source) => Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 AddBits(Floats128 left, Floats128 right) => new(
        (left.v0.AsUInt32() + right.v0.AsUInt32()).AsSingle(),
        (left.v1.AsUInt32() + right.v1.AsUInt32()).AsSingle(),
        (left.v2.AsUInt32() + right.v2.AsUInt32()).AsSingle(),
        (left.v3.AsUInt32() + right.v3.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 AndBits(Floats128 left, Floats128 right) =>
        new(left.v0 & right.v0, left.v1 & right.v1, left.v2 & right.v2, left.v3 & right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 XorBits(Floats128 left, Floats128 right) =>
        new(left.v0 ^ right.v0, left.v1 ^ right.v1, left.v2 ^ right.v2, left.v3 ^ right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 RotateBits(Floats128 value, int count) => new(
        Rotate(value.v0.AsUInt32(), count),
        Rotate(value.v1.AsUInt32(), count),
        Rotate(value.v2.AsUInt32(), count),
        Rotate(value.v3.AsUInt32(), count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 KeepWhereBitsAtLeast(Floats128 left, Floats128 right, Floats128 chosen) => new(
        Vector128.GreaterThanOrEqual(left.v0.AsUInt32(), right.v0.AsUInt32()).AsSingle() & chosen.v0,
        Vector128.GreaterThanOrEqual(left.v1.AsUInt32(), right.v1.AsUInt32()).AsSingle() & chosen.v1,
        Vector128.GreaterThanOrEqual(left.v2.AsUInt32(), right.v2.AsUInt32()).AsSingle() & chosen.v2,
        Vector128.GreaterThanOrEqual(left.v3.AsUInt32(), right.v3.AsUInt32()).AsSingle() & chosen.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 KeepWhereSet(uint bits, Floats128 value)
    {
        var all = Vector128.Create(bits);
        return new(
            Keep(all, Vector128.Create(1u, 2u, 4u, 8u), value.v0),
            Keep(all, Vector128.Create(16u, 32u, 64u, 128u), value.v1),
            Keep(all, Vector128.Create(256u, 512u, 1024u, 2048u), value.v2),
            Keep(all, Vector128.Create(4096u, 8192u, 16384u, 32768u), value.v3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EqualBits(Floats128 left, Floats128 right) =>
        Vector128.Equals(left.v0.AsUInt32(), right.v0.AsUInt32()).ExtractMostSignificantBits()
        | (Vector128.Equals(left.v1.AsUInt32(), right.v1.AsUInt32()).ExtractMostSignificantBits() << 4)
        | (Vector128.Equals(left.v2.AsUInt32(), right.v2.AsUInt32()).ExtractMostSignificantBits() << 8)
        | (Vector128.Equals(left.v3.AsUInt32(), right.v3.AsUInt32()).ExtractMostSignificantBits() << 12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EqualLanes(Floats128 left, Floats128 right) =>
        Vector128.Equals(left.v0, right.v0).ExtractMostSignificantBits()
        | (Vector128.Equals(left.v1, right.v1).ExtractMostSignificantBits() << 4)
        | (Vector128.Equals(left.v2, right.v2).ExtractMostSignificantBits() << 8)
        | (Vector128.Equals(left.v3, right.v3).ExtractMostSignificantBits() << 12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Rotate(Vector128<uint> value, int count) => ((value << count) | (value >>> (32 - count))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Keep(Vector128<uint> bits, Vector128<uint> own, Vector128<float> value) =>
        Vector128.AndNot(value, Vector128.Equals(bits & own, Vector128<uint>.Zero).AsSingle());
}
