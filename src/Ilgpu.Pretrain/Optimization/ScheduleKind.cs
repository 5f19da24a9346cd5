namespace Ilgpu.Pretrain.Optimization;

/// <summary>How the learning rate goes on after the warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>Half a cosine down to 0 (Loshchilov and Hutter, arXiv 1608.03983).</summary>
    Cosine,

    /// <summary>A straight line down to 0.</summary>
    Linear,

    /// <summary>The peak to the end.</summary>
    Constant,

    /// <summary>Warm-up, stable, decay (Hu et al., arXiv 2404.06395): hold the peak, then a straight line to 0 over the last steps.</summary>
    Wsd,

    /// <summary>
    /// Cosines down to 0, one after the other, each from the peak again: cyclic annealing (Huang et al., 'Snapshot ensembles',
    /// arXiv 1704.00109). The warm-up is part of the first.
    /// </summary>
    Cyclic,
}
