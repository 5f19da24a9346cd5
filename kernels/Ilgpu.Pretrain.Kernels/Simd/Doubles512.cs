using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One vector of 512 bits.</summary>
internal readonly unsafe struct Doubles512(Vector512<double> lanes) : IDoubles<Doubles512>
{
    private readonly Vector512<double> lanes = lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles512 operator +(Doubles512 left, Doubles512 right) => new(left.lanes + right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles512 operator -(Doubles512 left, Doubles512 right) => new(left.lanes - right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles512 operator *(Doubles512 left, Doubles512 right) => new(left.lanes * right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles512 operator /(Doubles512 left, Doubles512 right) => new(left.lanes / right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles512 Create(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles512 Load(float* source) => new(Vector512.WidenLower(Vector256.Load(source).ToVector512Unsafe()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Doubles512 Sqrt(Doubles512 value) => new(Vector512.Sqrt(value.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Doubles512 lanes, float* target) =>
        Vector256.Store(Vector512.Narrow(lanes.lanes, lanes.lanes).GetLower(), target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double First(Doubles512 lanes) => lanes.lanes.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Doubles512 lanes) => Vector512.Sum(lanes.lanes);
}
