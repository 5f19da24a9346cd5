using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Its lanes' bits.</content>
internal readonly unsafe partial struct Floats256
{
    public static Floats256 IndexBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(
            Vector256<uint>.Indices.AsSingle(),
            (Vector256<uint>.Indices + Vector256.Create(8u)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 CreateBits(uint value)
    {
        Vector256<float> all = Vector256.Create(value).AsSingle();
        return new(all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 LoadBits(int* source) => Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 AddBits(Floats256 left, Floats256 right) => new(
        (left.lower.AsUInt32() + right.lower.AsUInt32()).AsSingle(),
        (left.upper.AsUInt32() + right.upper.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 AndBits(Floats256 left, Floats256 right) => new(left.lower & right.lower, left.upper & right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 XorBits(Floats256 left, Floats256 right) => new(left.lower ^ right.lower, left.upper ^ right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 RotateBits(Floats256 value, int count) =>
        new(Rotate(value.lower.AsUInt32(), count), Rotate(value.upper.AsUInt32(), count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 KeepWhereBitsAtLeast(Floats256 left, Floats256 right, Floats256 chosen) => new(
        Vector256.GreaterThanOrEqual(left.lower.AsUInt32(), right.lower.AsUInt32()).AsSingle() & chosen.lower,
        Vector256.GreaterThanOrEqual(left.upper.AsUInt32(), right.upper.AsUInt32()).AsSingle() & chosen.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 KeepWhereSet(uint bits, Floats256 value)
    {
        var all = Vector256.Create(bits);
        return new(
            Keep(all, Vector256.Create(1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u), value.lower),
            Keep(all, Vector256.Create(256u, 512u, 1024u, 2048u, 4096u, 8192u, 16384u, 32768u), value.upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EqualBits(Floats256 left, Floats256 right) =>
        Vector256.Equals(left.lower.AsUInt32(), right.lower.AsUInt32()).ExtractMostSignificantBits()
        | (Vector256.Equals(left.upper.AsUInt32(), right.upper.AsUInt32()).ExtractMostSignificantBits() << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EqualLanes(Floats256 left, Floats256 right) =>
        Vector256.Equals(left.lower, right.lower).ExtractMostSignificantBits()
        | (Vector256.Equals(left.upper, right.upper).ExtractMostSignificantBits() << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Rotate(Vector256<uint> value, int count) => ((value << count) | (value >>> (32 - count))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Keep(Vector256<uint> bits, Vector256<uint> own, Vector256<float> value) =>
        Vector256.AndNot(value, Vector256.Equals(bits & own, Vector256<uint>.Zero).AsSingle());
}
