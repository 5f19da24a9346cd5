using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Two vectors of 256 bits.</summary>
internal readonly unsafe partial struct Floats256(Vector256<float> lower, Vector256<float> upper) : IFloats<Floats256>
{
    private readonly Vector256<float> lower = lower;
    private readonly Vector256<float> upper = upper;

    public static Floats256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero, Vector256<float>.Zero);
    }

    public static Floats256 Indices
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Indices, Vector256<float>.Indices + Vector256.Create(8f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator +(Floats256 left, Floats256 right) => new(left.lower + right.lower, left.upper + right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator -(Floats256 left, Floats256 right) => new(left.lower - right.lower, left.upper - right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator *(Floats256 left, Floats256 right) => new(left.lower * right.lower, left.upper * right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator /(Floats256 left, Floats256 right) => new(left.lower / right.lower, left.upper / right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 operator *(Floats256 left, float right) => left * Create(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Create(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 MultiplyAdd(Floats256 left, Floats256 right, Floats256 addend) =>
        new(Vector256.FusedMultiplyAdd(left.lower, right.lower, addend.lower), Vector256.FusedMultiplyAdd(left.upper, right.upper, addend.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Max(Floats256 left, Floats256 right) =>
        new(Vector256.MaxNative(left.lower, right.lower), Vector256.MaxNative(left.upper, right.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Min(Floats256 left, Floats256 right) =>
        new(Vector256.MinNative(left.lower, right.lower), Vector256.MinNative(left.upper, right.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 WhereLess(Floats256 left, Floats256 right, Floats256 chosen, Floats256 other) => new(
        Vector256.ConditionalSelect(Vector256.LessThan(left.lower, right.lower), chosen.lower, other.lower),
        Vector256.ConditionalSelect(Vector256.LessThan(left.upper, right.upper), chosen.upper, other.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 WhereEqual(Floats256 left, Floats256 right, Floats256 chosen, Floats256 other) => new(
        Vector256.ConditionalSelect(Vector256.Equals(left.lower, right.lower), chosen.lower, other.lower),
        Vector256.ConditionalSelect(Vector256.Equals(left.upper, right.upper), chosen.upper, other.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 WhereAtLeast(Floats256 left, Floats256 right, Floats256 chosen, Floats256 other) => new(
        Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(left.lower, right.lower), chosen.lower, other.lower),
        Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(left.upper, right.upper), chosen.upper, other.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllEqual(Floats256 left, Floats256 right) =>
        Vector256.EqualsAll(left.lower, right.lower) && Vector256.EqualsAll(left.upper, right.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 Log(Floats256 value) => new(Vector256.Log(value.lower), Vector256.Log(value.upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats256 ScaleByPowerOfTwo(Floats256 value, Floats256 shifted) => new(
        (value.lower.AsInt32() + (shifted.lower.AsInt32() << VectorMath.MantissaBits)).AsSingle(),
        (value.upper.AsInt32() + (shifted.upper.AsInt32() << VectorMath.MantissaBits)).AsSingle());

    /// <summary>By halves: indexing with a variable would put the vector in memory for each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector256<float> lanes) =>
        Floats128.Largest(Vector128.MaxNative(lanes.GetLower(), lanes.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Floats256 lanes, float* target)
    {
        Vector256.Store(lanes.lower, target);
        Vector256.Store(lanes.upper, target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Floats256 lanes) => lanes.lower.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats256 lanes) => Vector256.Sum(lanes.lower) + Vector256.Sum(lanes.upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumInDouble(Floats256 lanes)
    {
        (Vector256<double> lanes0, Vector256<double> lanes4) = Vector256.Widen(lanes.lower);
        (Vector256<double> lanes8, Vector256<double> lanes12) = Vector256.Widen(lanes.upper);
        return Vector256.Sum(lanes0 + lanes8) + Vector256.Sum(lanes4 + lanes12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Floats256 lanes) => Largest(Vector256.MaxNative(lanes.lower, lanes.upper));
}
