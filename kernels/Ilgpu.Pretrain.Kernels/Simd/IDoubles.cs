namespace Ilgpu.Pretrain.Kernels;

/// <summary>Eight fp64 lanes in as many registers as the processor needs, between floats in memory; see <see cref="IFloats{TSelf}"/>.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal unsafe interface IDoubles<TSelf>
    where TSelf : unmanaged, IDoubles<TSelf>
{
    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>The value in every lane.</summary>
    static abstract TSelf Create(double value);

    /// <summary>Eight floats from memory.</summary>
    static abstract TSelf Load(float* source);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>Eight floats, rounded to nearest, into memory.</summary>
    static abstract void Store(TSelf lanes, float* target);

    /// <summary>The first lane.</summary>
    static abstract double First(TSelf lanes);

    /// <summary>The sum of the lanes.</summary>
    static abstract double Sum(TSelf lanes);
}
