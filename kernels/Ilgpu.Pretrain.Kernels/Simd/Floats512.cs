using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>One vector of 512 bits.</summary>
internal readonly unsafe partial struct Floats512(Vector512<float> lanes) : IFloats<Floats512>
{
    private readonly Vector512<float> lanes = lanes;

    public static Floats512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    public static Floats512 Indices
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Indices);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator +(Floats512 left, Floats512 right) => new(left.lanes + right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator -(Floats512 left, Floats512 right) => new(left.lanes - right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator *(Floats512 left, Floats512 right) => new(left.lanes * right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator /(Floats512 left, Floats512 right) => new(left.lanes / right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 operator *(Floats512 left, float right) => new(left.lanes * right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 MultiplyAdd(Floats512 left, Floats512 right, Floats512 addend) =>
        new(Vector512.FusedMultiplyAdd(left.lanes, right.lanes, addend.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Max(Floats512 left, Floats512 right) => new(Vector512.MaxNative(left.lanes, right.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Min(Floats512 left, Floats512 right) => new(Vector512.MinNative(left.lanes, right.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 WhereLess(Floats512 left, Floats512 right, Floats512 chosen, Floats512 other) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(left.lanes, right.lanes), chosen.lanes, other.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 WhereEqual(Floats512 left, Floats512 right, Floats512 chosen, Floats512 other) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(left.lanes, right.lanes), chosen.lanes, other.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 WhereAtLeast(Floats512 left, Floats512 right, Floats512 chosen, Floats512 other) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(left.lanes, right.lanes), chosen.lanes, other.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllEqual(Floats512 left, Floats512 right) => Vector512.EqualsAll(left.lanes, right.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 Log(Floats512 value) => new(Vector512.Log(value.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats512 ScaleByPowerOfTwo(Floats512 value, Floats512 shifted) =>
        new((value.lanes.AsInt32() + (shifted.lanes.AsInt32() << VectorMath.MantissaBits)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Floats512 lanes, float* target) => Vector512.Store(lanes.lanes, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Floats512 lanes) => lanes.lanes.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats512 lanes) => Vector512.Sum(lanes.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumInDouble(Floats512 lanes)
    {
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(lanes.lanes);
        return Vector512.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Floats512 lanes) => Floats256.Largest(Vector256.MaxNative(lanes.lanes.GetLower(), lanes.lanes.GetUpper()));
}
