using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <content>Its lanes' bits.</content>
internal readonly unsafe partial struct Floats512
{
    public static Floats512 IndexBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<uint>.Indices.AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 CreateBits(uint value) => new(Vector512.Create(value).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 LoadBits(int* source) => Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 AddBits(Floats512 left, Floats512 right) => new((left.lanes.AsUInt32() + right.lanes.AsUInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 AndBits(Floats512 left, Floats512 right) => new(left.lanes & right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 XorBits(Floats512 left, Floats512 right) => new(left.lanes ^ right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 RotateBits(Floats512 value, int count) => new(Rotate(value.lanes.AsUInt32(), count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 KeepWhereBitsAtLeast(Floats512 left, Floats512 right, Floats512 chosen) => new(Vector512.GreaterThanOrEqual(left.lanes.AsUInt32(), right.lanes.AsUInt32()).AsSingle() & chosen.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 KeepWhereSet(uint bits, Floats512 value)
    {
        var all = Vector512.Create(bits);
        return new(Keep(all, Vector512.Create(1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u, 256u, 512u, 1024u, 2048u, 4096u, 8192u, 16384u, 32768u), value.lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EqualBits(Floats512 left, Floats512 right) =>
        (uint)Vector512.Equals(left.lanes.AsUInt32(), right.lanes.AsUInt32()).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EqualLanes(Floats512 left, Floats512 right) =>
        (uint)Vector512.Equals(left.lanes, right.lanes).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Rotate(Vector512<uint> value, int count) => ((value << count) | (value >>> (32 - count))).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Keep(Vector512<uint> bits, Vector512<uint> own, Vector512<float> value) =>
        Vector512.AndNot(value, Vector512.Equals(bits & own, Vector512<uint>.Zero).AsSingle());
}
