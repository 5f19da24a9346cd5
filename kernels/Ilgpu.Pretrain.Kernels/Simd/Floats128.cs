using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>Four vectors of 128 bits.</summary>
internal readonly unsafe partial struct Floats128(Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3) : IFloats<Floats128>
{
    private readonly Vector128<float> v0 = v0;
    private readonly Vector128<float> v1 = v1;
    private readonly Vector128<float> v2 = v2;
    private readonly Vector128<float> v3 = v3;

    public static Floats128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Create(0);
    }

    public static Floats128 Indices
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Vector128<float> first = Vector128<float>.Indices;
            return new(first, first + Vector128.Create(4f), first + Vector128.Create(8f), first + Vector128.Create(12f));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 operator +(Floats128 left, Floats128 right) =>
        new(left.v0 + right.v0, left.v1 + right.v1, left.v2 + right.v2, left.v3 + right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 operator -(Floats128 left, Floats128 right) =>
        new(left.v0 - right.v0, left.v1 - right.v1, left.v2 - right.v2, left.v3 - right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 operator *(Floats128 left, Floats128 right) =>
        new(left.v0 * right.v0, left.v1 * right.v1, left.v2 * right.v2, left.v3 * right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 operator /(Floats128 left, Floats128 right) =>
        new(left.v0 / right.v0, left.v1 / right.v1, left.v2 / right.v2, left.v3 / right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 operator *(Floats128 left, float right) => left * Create(right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Create(float value)
    {
        var all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 MultiplyAdd(Floats128 left, Floats128 right, Floats128 addend) => new(
        Vector128.FusedMultiplyAdd(left.v0, right.v0, addend.v0),
        Vector128.FusedMultiplyAdd(left.v1, right.v1, addend.v1),
        Vector128.FusedMultiplyAdd(left.v2, right.v2, addend.v2),
        Vector128.FusedMultiplyAdd(left.v3, right.v3, addend.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Max(Floats128 left, Floats128 right) => new(
        Vector128.MaxNative(left.v0, right.v0),
        Vector128.MaxNative(left.v1, right.v1),
        Vector128.MaxNative(left.v2, right.v2),
        Vector128.MaxNative(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Min(Floats128 left, Floats128 right) => new(
        Vector128.MinNative(left.v0, right.v0),
        Vector128.MinNative(left.v1, right.v1),
        Vector128.MinNative(left.v2, right.v2),
        Vector128.MinNative(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 WhereLess(Floats128 left, Floats128 right, Floats128 chosen, Floats128 other) => new(
        Vector128.ConditionalSelect(Vector128.LessThan(left.v0, right.v0), chosen.v0, other.v0),
        Vector128.ConditionalSelect(Vector128.LessThan(left.v1, right.v1), chosen.v1, other.v1),
        Vector128.ConditionalSelect(Vector128.LessThan(left.v2, right.v2), chosen.v2, other.v2),
        Vector128.ConditionalSelect(Vector128.LessThan(left.v3, right.v3), chosen.v3, other.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 WhereEqual(Floats128 left, Floats128 right, Floats128 chosen, Floats128 other) => new(
        Vector128.ConditionalSelect(Vector128.Equals(left.v0, right.v0), chosen.v0, other.v0),
        Vector128.ConditionalSelect(Vector128.Equals(left.v1, right.v1), chosen.v1, other.v1),
        Vector128.ConditionalSelect(Vector128.Equals(left.v2, right.v2), chosen.v2, other.v2),
        Vector128.ConditionalSelect(Vector128.Equals(left.v3, right.v3), chosen.v3, other.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 WhereAtLeast(Floats128 left, Floats128 right, Floats128 chosen, Floats128 other) => new(
        Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(left.v0, right.v0), chosen.v0, other.v0),
        Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(left.v1, right.v1), chosen.v1, other.v1),
        Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(left.v2, right.v2), chosen.v2, other.v2),
        Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(left.v3, right.v3), chosen.v3, other.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllEqual(Floats128 left, Floats128 right) =>
        Vector128.EqualsAll(left.v0, right.v0)
        && Vector128.EqualsAll(left.v1, right.v1)
        && Vector128.EqualsAll(left.v2, right.v2)
        && Vector128.EqualsAll(left.v3, right.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 Log(Floats128 value) =>
        new(Vector128.Log(value.v0), Vector128.Log(value.v1), Vector128.Log(value.v2), Vector128.Log(value.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats128 ScaleByPowerOfTwo(Floats128 value, Floats128 shifted) => new(
        ScaleByPowerOfTwo(value.v0, shifted.v0),
        ScaleByPowerOfTwo(value.v1, shifted.v1),
        ScaleByPowerOfTwo(value.v2, shifted.v2),
        ScaleByPowerOfTwo(value.v3, shifted.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector128<float> lanes) =>
        Math.Max(Math.Max(lanes[0], lanes[1]), Math.Max(lanes[2], lanes[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Floats128 lanes, float* target)
    {
        Vector128.Store(lanes.v0, target);
        Vector128.Store(lanes.v1, target + 4);
        Vector128.Store(lanes.v2, target + 8);
        Vector128.Store(lanes.v3, target + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Floats128 lanes) => lanes.v0.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Floats128 lanes) =>
        Vector128.Sum(lanes.v0) + Vector128.Sum(lanes.v1) + (Vector128.Sum(lanes.v2) + Vector128.Sum(lanes.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumInDouble(Floats128 lanes) =>
        SumInDouble(lanes.v0, lanes.v2) + SumInDouble(lanes.v1, lanes.v3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Floats128 lanes) =>
        Largest(Vector128.MaxNative(Vector128.MaxNative(lanes.v0, lanes.v2), Vector128.MaxNative(lanes.v1, lanes.v3)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ScaleByPowerOfTwo(Vector128<float> value, Vector128<float> shifted) =>
        (value.AsInt32() + (shifted.AsInt32() << VectorMath.MantissaBits)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumInDouble(Vector128<float> left, Vector128<float> right)
    {
        (Vector128<double> left0, Vector128<double> left2) = Vector128.Widen(left);
        (Vector128<double> right0, Vector128<double> right2) = Vector128.Widen(right);
        return Vector128.Sum(left0 + right0) + Vector128.Sum(left2 + right2);
    }
}
