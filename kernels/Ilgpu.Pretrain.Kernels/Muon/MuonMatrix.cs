namespace Ilgpu.Pretrain.Kernels;

/// <summary>A matrix that Muon updates: its place among the parameters.</summary>
/// <param name="Offset">Its first element in slabs of parameters, gradients and momentum.</param>
/// <param name="Rows">Outputs.</param>
/// <param name="Columns">Inputs.</param>
public readonly record struct MuonMatrix(long Offset, int Rows, int Columns)
{
    public long Length => (long)Rows * Columns;

    public long End => Offset + Length;

    /// <summary>The smaller extent: the order of the Gram matrix.</summary>
    public int Order => Math.Min(Rows, Columns);

    /// <summary>
    /// What its orthogonalised momentum is multiplied with beside the learning rate: .2 sqrt(max(rows, columns)), which gives
    /// an update of full rank the root mean square of .2 that AdamW's have, so that one learning rate and one decay serve both
    /// ('Muon is scalable for LLM training', Liu et al., arXiv 2502.16982, equation 4).
    /// </summary>
    public double UpdateScale => .2 * Math.Sqrt(Math.Max(Rows, Columns));
}
