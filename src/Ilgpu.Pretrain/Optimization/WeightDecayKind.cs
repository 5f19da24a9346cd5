namespace Ilgpu.Pretrain.Optimization;

/// <summary>How the weight decay goes on over a run.</summary>
public enum WeightDecayKind
{
    /// <summary>The same at every step.</summary>
    Constant,

    /// <summary>A straight line from the first step's to the last step's.</summary>
    Linear,

    /// <summary>Half a cosine from the first step's to the last step's (as Caron et al., arXiv 2104.14294, raise theirs).</summary>
    Cosine,

    /// <summary>
    /// With the learning rate, warm-up included, as its share of the peak: a step then takes away lr^2 / peak * decay of a
    /// weight, which vanishes faster at the run's end.
    /// </summary>
    Rate,
}
