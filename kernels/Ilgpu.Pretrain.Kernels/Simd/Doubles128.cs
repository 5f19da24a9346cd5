using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Four vectors of 128 bits.</summary>
internal readonly unsafe struct Doubles128(Vector128<double> v0, Vector128<double> v1, Vector128<double> v2, Vector128<double> v3) : IDoubles<Doubles128>
{
    private readonly Vector128<double> v0 = v0;
    private readonly Vector128<double> v1 = v1;
    private readonly Vector128<double> v2 = v2;
    private readonly Vector128<double> v3 = v3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles128 operator +(Doubles128 left, Doubles128 right) =>
        new(left.v0 + right.v0, left.v1 + right.v1, left.v2 + right.v2, left.v3 + right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles128 operator -(Doubles128 left, Doubles128 right) =>
        new(left.v0 - right.v0, left.v1 - right.v1, left.v2 - right.v2, left.v3 - right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles128 operator *(Doubles128 left, Doubles128 right) =>
        new(left.v0 * right.v0, left.v1 * right.v1, left.v2 * right.v2, left.v3 * right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles128 operator /(Doubles128 left, Doubles128 right) =>
        new(left.v0 / right.v0, left.v1 / right.v1, left.v2 / right.v2, left.v3 / right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles128 Create(double value)
    {
        var all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles128 Load(float* source)
    {
        (Vector128<double> v0, Vector128<double> v1) = Vector128.Widen(Vector128.Load(source));
        (Vector128<double> v2, Vector128<double> v3) = Vector128.Widen(Vector128.Load(source + 4));
        return new(v0, v1, v2, v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles128 Sqrt(Doubles128 value) =>
        new(Vector128.Sqrt(value.v0), Vector128.Sqrt(value.v1), Vector128.Sqrt(value.v2), Vector128.Sqrt(value.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Doubles128 lanes, float* target)
    {
        Vector128.Store(Vector128.Narrow(lanes.v0, lanes.v1), target);
        Vector128.Store(Vector128.Narrow(lanes.v2, lanes.v3), target + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double First(Doubles128 lanes) => lanes.v0.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Doubles128 lanes) =>
        Vector128.Sum(lanes.v0) + Vector128.Sum(lanes.v1) + (Vector128.Sum(lanes.v2) + Vector128.Sum(lanes.v3));
}
