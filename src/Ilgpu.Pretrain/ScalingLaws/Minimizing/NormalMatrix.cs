namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Symmetric positive matrices of a few rows, dense and row-major.</summary>
internal static class NormalMatrix
{
    /// <summary>Solves <c>matrix x = right</c> by Cholesky's decomposition; both are overwritten, <paramref name="right"/> by x.</summary>
    /// <returns>Whether the matrix is positive definite.</returns>
    public static bool Solve(Span<double> matrix, Span<double> right)
    {
        int n = right.Length;
        for (int j = 0; j < n; j++)
        {
            for (int i = j; i < n; i++)
            {
                double sum = matrix[(i * n) + j];
                for (int k = 0; k < j; k++)
                    sum -= matrix[(i * n) + k] * matrix[(j * n) + k];
                if (i > j)
                    matrix[(i * n) + j] = sum / matrix[(j * n) + j];
                else if (sum > 0 && double.IsFinite(sum))
                    matrix[(j * n) + j] = Math.Sqrt(sum);
                else
                    return false;
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++)
                right[i] -= matrix[(i * n) + k] * right[k];
            right[i] /= matrix[(i * n) + i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
                right[i] -= matrix[(k * n) + i] * right[k];
            right[i] /= matrix[(i * n) + i];
        }

        return true;
    }
}
