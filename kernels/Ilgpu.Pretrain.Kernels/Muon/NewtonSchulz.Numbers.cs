namespace Ilgpu.Pretrain.Kernels;

/// <summary>The numbers of <see cref="NewtonSchulz{T}"/>, Keller Jordan's.</summary>
public static class NewtonSchulz
{
    /// <summary>Iterations that Muon takes.</summary>
    public const int Iterations = 5;

    /// <summary>a, of X.</summary>
    public const float Linear = 3.4445f;

    /// <summary>b, of X's third power.</summary>
    public const float Cubic = -4.7750f;

    /// <summary>c, of X's fifth power.</summary>
    public const float Quintic = 2.0315f;

    /// <summary>Multiplications and additions of a matrix's products: 2 r^2 (2 n + r) an iteration, with r the smaller extent.</summary>
    public static double Flops(MuonMatrix matrix, int iterations = Iterations)
    {
        double order = matrix.Order;
        return iterations * 2 * order * order * ((2.0 * Math.Max(matrix.Rows, matrix.Columns)) + order);
    }
}
