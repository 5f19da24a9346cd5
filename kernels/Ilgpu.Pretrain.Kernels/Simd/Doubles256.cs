using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Two vectors of 256 bits.</summary>
internal readonly unsafe struct Doubles256(Vector256<double> lower, Vector256<double> upper) : IDoubles<Doubles256>
{
    private readonly Vector256<double> lower = lower;
    private readonly Vector256<double> upper = upper;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles256 operator +(Doubles256 left, Doubles256 right) => new(left.lower + right.lower, left.upper + right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles256 operator -(Doubles256 left, Doubles256 right) => new(left.lower - right.lower, left.upper - right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles256 operator *(Doubles256 left, Doubles256 right) => new(left.lower * right.lower, left.upper * right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles256 operator /(Doubles256 left, Doubles256 right) => new(left.lower / right.lower, left.upper / right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles256 Create(double value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles256 Load(float* source) => new(
        Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe()),
        Vector256.WidenLower(Vector128.Load(source + 4).ToVector256Unsafe()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles256 Sqrt(Doubles256 value) => new(Vector256.Sqrt(value.lower), Vector256.Sqrt(value.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Doubles256 lanes, float* target) => Vector256.Store(Vector256.Narrow(lanes.lower, lanes.upper), target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double First(Doubles256 lanes) => lanes.lower.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Doubles256 lanes) => Vector256.Sum(lanes.lower) + Vector256.Sum(lanes.upper);
}
