using System.Globalization;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>What came out of a tuning: the points, the path, the optimum and its certificate.</summary>
internal static class TuneReport
{
    public static void Write(TextWriter words, TuningResult result, string folder, bool isFound)
    {
        TuningSearch search = result.Search;
        words.WriteLine();
        words.WriteLine($"{(isFound ? "Found finished: " : "")}{folder}");
        words.WriteLine($"Validation losses in nats a token{(result.Plan.Members == 1 ? "" : $", of the averaged logits of {result.Plan.Members} models")}, in the order of the descent:");
        WriteTried(words, search);
        words.WriteLine();
        words.WriteLine($"Path: {string.Join(" -> ", search.Path.Select(point => $"({point})"))}");
        words.WriteLine($"Optimum: {search.Optimum}, loss {Loss(search.Loss)}; {(result.OptimumRuns.Count == 1 ? "run" : "runs")} {string.Join(", ", result.OptimumRuns)}");
        words.WriteLine();
        WriteCertificate(words, result.Plan, search);
    }

    public static string Loss(double value) => double.IsFinite(value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "diverged";

    private static void WriteTried(TextWriter words, TuningSearch search)
    {
        var table = new TextTable(("lr", true), ("epochs", true), ("wd", true), ("seeds", false), ("loss", true), ("", false));
        foreach (TriedPoint tried in search.Tried)
        {
            table.Add(
                Number(tried.Point.LearningRate),
                Number(tried.Point.Epochs),
                Number(tried.Point.WeightDecay),
                tried.Repeat == 0 ? "" : $"other, {tried.Repeat}",
                Loss(tried.Loss),
                tried.Divergence ?? (tried.Repeat == 0 && tried.Point == search.Optimum ? "optimum" : ""));
        }

        table.Write(words);
    }

    private static void WriteCertificate(TextWriter words, TuningPlan plan, TuningSearch search)
    {
        Certificate certificate = search.Certificate;
        int run = certificate.Neighbors.Count(neighbor => neighbor.Loss is not null);
        words.WriteLine(certificate.IsCertified
            ? $"Certified: all {run} one-step neighbours on the grid were run, and none has a lower loss."
            : $"NOT certified: {certificate.Reason}.");
        var table = new TextTable(("neighbour", false), ("value", true), ("loss", true), ("difference", true), ("sigma", true), ("", false));
        foreach (CertificateNeighbor neighbor in certificate.Neighbors)
        {
            table.Add(
                $"{neighbor.Direction.Words()} {(neighbor.Step < 0 ? "down" : "up")}",
                neighbor.Point is { } point ? Number(point.ValueOf(neighbor.Direction)) : "-",
                neighbor.Loss is { } loss ? Loss(loss) : "-",
                neighbor.Difference is { } difference && double.IsFinite(difference) ? difference.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture) : "-",
                neighbor.Margin is { } margin && double.IsFinite(margin) ? margin.ToString("0.0", CultureInfo.InvariantCulture) : "-",
                Remark(neighbor));
        }

        table.Write(words);
        foreach (TuningDirection direction in certificate.Held)
            words.WriteLine($"The {direction.Words()} was held at {Number(search.Optimum.ValueOf(direction))}: it has no neighbours.");
        foreach (CertificateNeighbor neighbor in certificate.AtEdge)
            words.WriteLine($"WARNING: {neighbor.Direction.Words()} {Number(search.Optimum.ValueOf(neighbor.Direction))} is at the edge of the grid: there is no {(neighbor.Step < 0 ? "lower" : "higher")} neighbour; a wider {neighbor.Direction.GridFlag()} may have something better.");
        WriteNoise(words, plan, certificate);
    }

    private static string Remark(CertificateNeighbor neighbor) => neighbor.State switch
    {
        NeighborState.NotRun => "NOT RUN",
        NeighborState.BeyondGrid => "missing: at the edge of the grid",
        NeighborState.BeyondValues => "missing: there is nothing below",
        _ when neighbor.Difference < 0 => "LOWER",
        _ => neighbor.IsWithinNoise == true ? "within noise" : "",
    };

    private static void WriteNoise(TextWriter words, TuningPlan plan, Certificate certificate)
    {
        if (certificate.Noise is not { } noise)
        {
            words.WriteLine(plan.NoiseSeeds == 0 ? "Noise was not measured (--noise-seeds 0): how much the margins are worth is unknown."
                : "Noise was not measured: that is done at a certified optimum, as far as --max-runs allows.");
            return;
        }

        string losses = string.Join(", ", noise.Losses.Select(Loss));
        if (!double.IsFinite(noise.StandardDeviation))
        {
            words.WriteLine($"WARNING: with other seeds the optimum diverged (losses {losses}): no margin can be told.");
            return;
        }

        words.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Sigma, the standard deviation of one loss by its seeds, is {noise.StandardDeviation:0.0000}: of {noise.Losses.Count} losses at the optimum ({losses}), the first with the tuning's seeds, {noise.DegreesOfFreedom} with others."));
        words.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Margins are of single seeds. A difference of two losses has sqrt(2) sigma = {noise.DifferenceDeviation:0.0000}, were their seeds unrelated; below {noise.Threshold:0.0000} (Student's t, {noise.DegreesOfFreedom} degrees of freedom, {SeedNoise.Confidence:0%}) it lies within noise: {Within(certificate)}."));
    }

    private static string Within(Certificate certificate)
    {
        int within = certificate.WithinNoise.Count();
        return within switch
        {
            0 => "no neighbour does",
            1 => "one neighbour does, and may be as good",
            _ => $"{within} neighbours do, and may be as good",
        };
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
