using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// A report's numbers as JSON: charts and tables by their ids. Numbers have all their digits; one that is not finite is
/// null in a chart, and a word in a table.
/// </summary>
public static class ReportJson
{
    /// <summary>No character of it ends a script or begins a comment in HTML: those are escaped.</summary>
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    public static JsonObject Of(Report report) => Of(report, new Dictionary<string, JsonObject>());

    /// <param name="report">What to write.</param>
    /// <param name="frames">Where each chart's plots lie, by the chart's id; left out where empty.</param>
    internal static JsonObject Of(Report report, IReadOnlyDictionary<string, JsonObject> frames) => new()
    {
        ["title"] = report.Title,
        ["subtitle"] = report.Subtitle,
        ["figures"] = Array(report.Figures.Select(figure => (JsonNode?)new JsonObject
        {
            ["label"] = figure.Label,
            ["value"] = Cell(figure.Value),
            ["note"] = figure.Note,
        })),
        ["charts"] = new JsonObject(report.Charts.Select(chart => KeyValuePair.Create(chart.Id, (JsonNode?)Of(chart, frames.GetValueOrDefault(chart.Id))))),
        ["tables"] = new JsonObject(report.Tables.Select(table => KeyValuePair.Create(table.Id, (JsonNode?)Of(table)))),
    };

    /// <summary>The text that may stand inside a script element.</summary>
    internal static string ToText(JsonObject json) => json.ToJsonString(Options);

    private static JsonObject Of(Chart chart, JsonObject? frames)
    {
        var json = new JsonObject
        {
            ["title"] = chart.Title,
            ["x"] = Axis(chart.X),
            ["y"] = Axis(chart.Y),
            ["series"] = Array(chart.Series.Select(series => (JsonNode?)new JsonObject
            {
                ["name"] = series.Name,
                ["colour"] = ChartDrawing.ColourClass(series.Colour),
                ["is_curve"] = series.IsCurve,
                ["points"] = Array(series.Points.Select(point => (JsonNode?)Array([Number(point.X), Number(point.Y)]))),
                ["names"] = series.Points.Any(point => point.Name is not null) ? Array(series.Points.Select(point => (JsonNode?)point.Name)) : null,
            })),
            ["bands"] = Array(chart.Bands.Select(band => (JsonNode?)new JsonObject
            {
                ["name"] = band.Name,
                ["points"] = Array(band.Points.Select(point => (JsonNode?)Array([Number(point.X), Number(point.Low), Number(point.High)]))),
            })),
            ["rules"] = Array(chart.Rules.Select(rule => (JsonNode?)new JsonObject
            {
                ["label"] = rule.Label,
                ["value"] = Number(rule.Value),
                ["interval"] = rule.Interval is { } interval ? Array([Number(interval.Low), Number(interval.High)]) : null,
                ["is_upright"] = rule.IsUpright,
            })),
            ["bridges"] = Array(chart.Bridges.Select(bridge => (JsonNode?)new JsonObject
            {
                ["label"] = bridge.Label,
                ["y"] = Number(bridge.Y),
                ["from"] = Number(bridge.FromX),
                ["to"] = Number(bridge.ToX),
            })),
        };
        if (frames is not null)
            json["frames"] = frames;
        return json;
    }

    internal static JsonObject Frame(ChartFrame frame) => new()
    {
        ["width"] = frame.Width,
        ["height"] = frame.Height,
        ["left"] = frame.Left,
        ["top"] = frame.Top,
        ["plot_width"] = frame.PlotWidth,
        ["plot_height"] = frame.PlotHeight,
        ["x"] = ScaleOf(frame.X),
        ["y"] = ScaleOf(frame.Y),
    };

    private static JsonObject ScaleOf(Scale scale) => new() { ["kind"] = Kind(scale.Kind), ["low"] = scale.Low, ["high"] = scale.High };

    private static JsonObject Axis(ChartAxis axis)
    {
        var json = new JsonObject { ["label"] = axis.Label, ["kind"] = Kind(axis.Kind) };
        if (axis.Categories.Count > 0)
            json["categories"] = Array(axis.Categories.Select(category => (JsonNode?)category));
        return json;
    }

    private static JsonObject Of(ReportTable table) => new()
    {
        ["title"] = table.Title,
        ["columns"] = Array(table.Columns.Select(column => (JsonNode?)column)),
        ["rows"] = Array(table.Rows.Select(row => (JsonNode?)Array(row.Select(Cell)))),
    };

    private static JsonNode? Cell(ReportCell cell) => cell.Value is { } value && double.IsFinite(value) ? value : Markup.Clean(cell.Text);

    private static string Kind(ScaleKind kind) => kind switch { ScaleKind.Logarithmic => "log", ScaleKind.Ordinal => "ordinal", _ => "linear" };

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    private static JsonArray Array(IEnumerable<JsonNode?> items) => new([.. items]);
}
