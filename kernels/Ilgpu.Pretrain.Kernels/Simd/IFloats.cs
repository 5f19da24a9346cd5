namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Sixteen fp32 lanes in as many registers as the processor needs: kernels that are written for sixteen lanes then give the
/// same bits on all processors. .NET's own stand-in for a width that the hardware lacks keeps each operand in memory.
/// </summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal unsafe interface IFloats<TSelf> : IBits<TSelf>
    where TSelf : unmanaged, IFloats<TSelf>
{
    static abstract TSelf Zero { get; }

    /// <summary>0, 1, ... 15.</summary>
    static abstract TSelf Indices { get; }

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, float right);

    /// <summary>The value in every lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Sixteen floats from memory.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>left right + addend, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The larger of each pair; where one is NaN or both are zero, either.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The smaller of each pair; where one is NaN or both are zero, either.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>chosen where left is below right, else other.</summary>
    static abstract TSelf WhereLess(TSelf left, TSelf right, TSelf chosen, TSelf other);

    /// <summary>chosen where left equals right, else other.</summary>
    static abstract TSelf WhereEqual(TSelf left, TSelf right, TSelf chosen, TSelf other);

    /// <summary>chosen where left is right or above it, else other.</summary>
    static abstract TSelf WhereAtLeast(TSelf left, TSelf right, TSelf chosen, TSelf other);

    /// <summary>Whether each lane equals its counterpart.</summary>
    static abstract bool AllEqual(TSelf left, TSelf right);

    /// <summary>The natural logarithm.</summary>
    static abstract TSelf Log(TSelf value);

    /// <summary>
    /// value 2^n, n the integer in the lowest bits of <paramref name="shifted"/>, which is n + 1.5 * 2^23: added to the
    /// exponent bits, without regard to their range.
    /// </summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf value, TSelf shifted);

    /// <summary>Sixteen floats into memory.</summary>
    static abstract void Store(TSelf lanes, float* target);

    /// <summary>The first lane.</summary>
    static abstract float First(TSelf lanes);

    /// <summary>The sum of the lanes.</summary>
    static abstract float Sum(TSelf lanes);

    /// <summary>The sum of the lanes in fp64.</summary>
    static abstract double SumInDouble(TSelf lanes);

    /// <summary>The largest lane.</summary>
    static abstract float Largest(TSelf lanes);
}
