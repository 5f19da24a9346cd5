using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A tuning as the one object of <c>--json</c>; a loss that is infinite, of a run that diverged, is left out.</summary>
internal static class TuneJson
{
    public static void Print(TuningResult result, string folder)
    {
        (TuningPlan plan, TuningSearch search, Certificate certificate) = (result.Plan, result.Search, result.Search.Certificate);
        JsonOutput.Print(new
        {
            tuning_id = result.Id,
            folder,
            plan.Recipe,
            plan.Members,
            plan.Grid,
            plan.Start,
            tried = search.Tried.Select(tried => new { tried.Point, tried.Repeat, val_loss = Finite(tried.Loss), tried.Runs, tried.Divergence }),
            search.Path,
            search.Optimum,
            optimum_runs = result.OptimumRuns,
            val_loss = Finite(search.Loss),
            certified = certificate.IsCertified,
            not_certified_because = certificate.Reason,
            held = certificate.Held,
            neighbors = certificate.Neighbors.Select(neighbor => new
            {
                neighbor.Direction,
                neighbor.Step,
                neighbor.State,
                neighbor.Point,
                val_loss = Finite(neighbor.Loss),
                difference = Finite(neighbor.Difference),
                margin = Finite(neighbor.Margin),
                within_noise = neighbor.IsWithinNoise,
            }),
            noise_seeds = plan.NoiseSeeds,
            noise = certificate.Noise is not { } noise ? null : new
            {
                val_losses = noise.Losses.Select(loss => Finite(loss)),
                mean = Finite(noise.Mean),
                standard_deviation = Finite(noise.StandardDeviation),
                noise.DegreesOfFreedom,
                difference_deviation = Finite(noise.DifferenceDeviation),
                threshold = Finite(noise.Threshold),
            },
            ilgpu = IlgpuRuntime.Kind,
        });
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
