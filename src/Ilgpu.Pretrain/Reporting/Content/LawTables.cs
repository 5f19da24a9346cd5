using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>The parameters of fitted laws as tables.</summary>
internal static class LawTables
{
    /// <param name="id">Of the table.</param>
    /// <param name="title">Its caption.</param>
    /// <param name="fits">Each with what it is called.</param>
    public static ReportTable Of(string id, string title, IEnumerable<(string Name, LawFit Fit)> fits) => new(
        id,
        title,
        ["law", "parameter", "value", "95% from", "to", "R²"],
        [
            .. fits.SelectMany(each => each.Fit.Estimate.Parameters.Select((parameter, i) => (IReadOnlyList<ReportCell>)
            [
                ReportCell.Of(i == 0 ? each.Name : ""),
                ReportCell.Of(parameter.Key),
                ReportCell.Of(parameter.Value),
                ReportCell.Of(each.Fit.Intervals.TryGetValue(parameter.Key, out Interval interval) ? interval.Low : null),
                ReportCell.Of(each.Fit.Intervals.TryGetValue(parameter.Key, out interval) ? interval.High : null),
                i == 0 ? ReportCell.Decimals(each.Fit.RSquared, 5) : ReportCell.Of(""),
            ])),
        ]);
}
