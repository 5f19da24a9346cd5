namespace Ilgpu.Pretrain.Tuning;

/// <summary>Where a tuning starts that is given no start.</summary>
public static class TuningStart
{
    /// <summary>In the middle of the published optima of arXiv 2509.14786: regularised of the smaller models, standard of the larger.</summary>
    /// <param name="recipe">Of the tuning.</param>
    /// <param name="isForEnsemble">Members start where <see cref="OfMembers"/> puts them.</param>
    public static TuningPoint Default(TuningRecipe recipe, bool isForEnsemble)
    {
        TuningPoint single = recipe == TuningRecipe.Standard
            ? new TuningPoint(1e-3, 8, TuningGrid.StandardWeightDecay)
            : new TuningPoint(3e-3, 16, .8);
        return isForEnsemble ? OfMembers(single, recipe) : single;
    }

    /// <summary>
    /// Members of an ensemble overfit more alone and average better: twice the epochs and, where it is tuned, half the weight
    /// decay of the optimum of a single model, at the same learning rate.
    /// </summary>
    public static TuningPoint OfMembers(TuningPoint alone, TuningRecipe recipe) => alone with
    {
        Epochs = checked(2 * alone.Epochs),
        WeightDecay = recipe == TuningRecipe.Standard ? alone.WeightDecay : alone.WeightDecay / 2,
    };

    /// <summary>
    /// The certified tuning of a single model that an ensemble's can start from: of the same recipe and configuration, but
    /// for what is tuned and the seeds. Of several the one with the lowest loss; null where there is none.
    /// </summary>
    /// <param name="tunings">For example <see cref="TuningFolder.List"/>.</param>
    /// <param name="plan">Of the ensemble's.</param>
    public static TuningResult? FindSingle(IEnumerable<TuningResult> tunings, TuningPlan plan)
    {
        string wanted = Kind(plan);
        return tunings
            .Where(tuning => tuning.Plan.Members == 1 && tuning.Plan.Recipe == plan.Recipe && tuning.Search.Certificate.IsCertified && Kind(tuning.Plan) == wanted)
            .OrderBy(tuning => tuning.Search.Loss)
            .ThenBy(tuning => tuning.Id, StringComparer.Ordinal)
            .FirstOrDefault();
    }

    private static string Kind(TuningPlan plan) =>
        (plan.Config.WithSeed(0) with { LearningRate = 1, Epochs = 1, WeightDecay = 0 }).Hash;
}
