using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Luo et al.'s 27 loss curves with their schedules, rebuilt step by step from what is known of them.</summary>
internal static class CurveTables
{
    public static readonly string[] Fitted = ["cosine_24000", "constant_24000", "wsdcon_9"];

    public static readonly string[] HeldOut = ["cosine_72000", "constant_72000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_3", "wsdcon_18"];

    private const double Peak = 3e-4;
    private const double Final = 3e-5;
    private const int WarmUp = 2160;

    /// <summary>Rows of the curves of one size.</summary>
    /// <param name="law">Of curves.</param>
    /// <param name="size">25, 100 or 400.</param>
    /// <param name="curves">Their names.</param>
    public static LawData Read(CurveLaw law, int size, string[] curves)
    {
        var rows = new List<string>();
        var names = new List<string>();
        var steps = new List<double>();
        var losses = new List<double>();
        foreach (string curve in curves)
        {
            DataTable table = SharedTables.Table($"multipowerlaw/csv_{size}/{curve}.csv");
            rows.AddRange(table.Rows.Select(row => row.Name));
            names.AddRange(Enumerable.Repeat(curve, table.Rows.Count));
            steps.AddRange(table.Numbers(table.Find("step")));
            losses.AddRange(table.Numbers(table.Find("loss")));
        }

        Assert.Equal([CurveLaw.Step, CurveLaw.Curve], law.Variables);
        return new LawData(
            rows,
            [.. losses],
            new Dictionary<string, double[]> { [CurveLaw.Step.Name] = [.. steps] },
            new Dictionary<string, string[]> { [CurveLaw.Curve.Name] = [.. names] })
        {
            Schedules = curves.ToDictionary(curve => curve, ScheduleOf),
        };
    }

    private static LearningRateCurve ScheduleOf(string curve)
    {
        string[] parts = curve.Split('_');
        int last = int.Parse(parts[^1]);
        return parts[0] switch
        {
            "cosine" => LearningRateCurve.Cosine(last, Peak, Final, WarmUp),
            "constant" => LearningRateCurve.Constant(last, Peak, WarmUp),
            "wsd" => LearningRateCurve.Decaying(24000, Peak, Final, WarmUp, 20000, isLinear: false),
            "wsdld" => LearningRateCurve.Decaying(24000, Peak, Final, WarmUp, 20000, isLinear: true),
            _ => LearningRateCurve.TwoStage(16000, Peak, last * 1e-5, WarmUp, 8000),
        };
    }
}
