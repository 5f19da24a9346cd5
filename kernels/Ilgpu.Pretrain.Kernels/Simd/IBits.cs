namespace Ilgpu.Pretrain.Kernels;

/// <summary>What <see cref="IFloats{TSelf}"/> does with its lanes' bits: sixteen unsigned integers of 32 bits.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal unsafe interface IBits<TSelf>
    where TSelf : unmanaged, IBits<TSelf>
{
    /// <summary>0, 1, ... 15 as integers.</summary>
    static abstract TSelf IndexBits { get; }

    /// <summary>The integer in every lane.</summary>
    static abstract TSelf CreateBits(uint value);

    /// <summary>Sixteen integers from memory.</summary>
    static abstract TSelf LoadBits(int* source);

    /// <summary>left + right modulo 2^32.</summary>
    static abstract TSelf AddBits(TSelf left, TSelf right);

    static abstract TSelf AndBits(TSelf left, TSelf right);

    static abstract TSelf XorBits(TSelf left, TSelf right);

    /// <summary>Turned to the left by <paramref name="count"/>, 1 to 31.</summary>
    static abstract TSelf RotateBits(TSelf value, int count);

    /// <summary>chosen where the integer left is right or above it, else 0.</summary>
    static abstract TSelf KeepWhereBitsAtLeast(TSelf left, TSelf right, TSelf chosen);

    /// <summary>value where bit i of <paramref name="bits"/> is set for lane i, else 0.</summary>
    static abstract TSelf KeepWhereSet(uint bits, TSelf value);

    /// <summary>Bit i is set where the integers of lane i are equal.</summary>
    static abstract uint EqualBits(TSelf left, TSelf right);

    /// <summary>Bit i is set where the floats of lane i are equal.</summary>
    static abstract uint EqualLanes(TSelf left, TSelf right);
}
