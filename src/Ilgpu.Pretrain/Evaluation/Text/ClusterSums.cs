namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// The mean loss of a token, and its standard error where tokens of one window go together: windows are what was drawn, and
/// the mean is the ratio of two sums over them (Cochran, Sampling Techniques, 3rd edition, section 6.4).
/// </summary>
internal sealed class ClusterSums
{
    private double sum;
    private double squares;
    private double products;
    private double countSquares;

    public long Clusters { get; private set; }

    public long Count { get; private set; }

    public double Mean => sum / Count;

    /// <summary>Of the cluster that was added last.</summary>
    public double LastMean { get; private set; }

    /// <summary>Null of fewer than two clusters.</summary>
    public double? StandardError => Clusters < 2 ? null
        : Math.Sqrt(Math.Max(0, squares - (2 * Mean * products) + (Mean * Mean * countSquares)) * Clusters / (Clusters - 1)) / Count;

    /// <summary>Takes in a window's losses: added up one by one, in the order of the tokens, as a run's validation does.</summary>
    public void Add(float[] losses, ReadOnlySpan<int> entries)
    {
        double ofCluster = 0;
        foreach (int entry in entries)
        {
            sum += losses[entry];
            ofCluster += losses[entry];
        }

        LastMean = ofCluster / entries.Length;
        squares += ofCluster * ofCluster;
        products += ofCluster * entries.Length;
        countSquares += (double)entries.Length * entries.Length;
        Clusters++;
        Count += entries.Length;
    }
}
