namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>A law of how loss, or what follows from it, scales: form, variables, protocol, source, published values.</summary>
public abstract class ScalingLaw
{
    /// <summary>For <c>--law</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The formula on one line.</summary>
    public abstract string Form { get; }

    /// <summary>How it is fitted, as its source does it, on one line.</summary>
    public abstract string Protocol { get; }

    /// <summary>Where it comes from.</summary>
    public abstract string Source { get; }

    /// <summary>What it is a function of.</summary>
    public abstract IReadOnlyList<LawVariable> Variables { get; }

    /// <summary>What it predicts.</summary>
    public virtual LawVariable Target => LawVariable.Loss;

    /// <summary>Parameters that sources printed, the best known ones first.</summary>
    public virtual IReadOnlyList<PublishedLaw> Published => [];

    /// <summary>What it predicts of a run that diverged lies above this, by its source.</summary>
    public virtual double DivergedAbove => double.PositiveInfinity;

    /// <summary>Whether a fit makes sense of rows drawn anew: not where rows belong together in groups.</summary>
    public virtual bool TakesDrawnRows => false;

    /// <summary>Bootstrap fits where the caller does not say: none for laws whose fits take long.</summary>
    public virtual int UsualBootstraps => 1000;

    /// <summary>The law of what is given: some can be over any of several variables.</summary>
    /// <param name="given">Names of variables.</param>
    /// <exception cref="InputException">It takes one of those given.</exception>
    public virtual ScalingLaw Over(IReadOnlyCollection<string> given) => this;

    /// <summary>The rows that count, of all: the best of each group, say.</summary>
    public virtual LawData Prepare(LawData data) => data;

    /// <summary>Fits the law.</summary>
    /// <param name="data">Valid rows that were prepared.</param>
    /// <param name="options">How.</param>
    /// <param name="near">
    /// What other measurements of the same rows gave, where only the parameters are wanted: a fit starts there instead of everywhere.
    /// </param>
    /// <param name="cancellation">Between starts.</param>
    /// <exception cref="InputException">There are too few rows for it, or they are of no use.</exception>
    public abstract LawEstimate Estimate(LawData data, FitOptions options, LawEstimate? near, CancellationToken cancellation);

    /// <summary>The law's value.</summary>
    /// <param name="parameters">By their names.</param>
    /// <param name="at">Its variables.</param>
    /// <exception cref="InputException">A variable is missing, or the law is not one that predicts.</exception>
    public abstract double Predict(IReadOnlyDictionary<string, double> parameters, LawPoint at);
}
