namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Tensors of fp32 or bf16 as tests see them: numbers in fp32, of which every bf16 number is one.</summary>
internal static class Elements
{
    /// <summary>Half a unit in the last of eight binary places: what rounding to bf16 changes at most, relatively.</summary>
    private const double BFloat16Rounding = 1.0 / 256;

    /// <summary>The nearest numbers that a tensor of <typeparamref name="T"/> can hold.</summary>
    public static float[] Rounded<T>(float[] values)
        where T : unmanaged => ToSingles(From<T>(values));

    public static T[] From<T>(float[] values)
        where T : unmanaged =>
        typeof(T) == typeof(BFloat16) ? (T[])(object)Array.ConvertAll(values, BFloat16.FromSingle) : (T[])(object)values;

    public static float[] ToSingles<T>(T[] values)
        where T : unmanaged =>
        values is BFloat16[] rounded ? Array.ConvertAll(rounded, value => value.ToSingle()) : (float[])(object)values;

    /// <summary>What an op's own tolerance becomes when its output is rounded to <typeparamref name="T"/>.</summary>
    public static Tolerance After<T>(Tolerance tolerance)
        where T : unmanaged =>
        typeof(T) == typeof(BFloat16) ? tolerance with { Relative = tolerance.Relative + BFloat16Rounding } : tolerance;

    /// <summary>A tensor of <typeparamref name="T"/> that holds these numbers.</summary>
    public static Tensor<T> InputOf<T>(this TestMemory memory, float[] values, int rows, int columns)
        where T : unmanaged => memory.Input(From<T>(values), rows, columns);

    /// <summary>A matrix full of NaN.</summary>
    public static Tensor<T> PoisonedOf<T>(this TestMemory memory, int rows, int columns)
        where T : unmanaged => memory.InputOf<T>([.. Enumerable.Repeat(float.NaN, rows * columns)], rows, columns);
}
