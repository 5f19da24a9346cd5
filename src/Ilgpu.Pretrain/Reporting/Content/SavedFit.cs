using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>A fit as <c>pretrain fit --json</c> printed it; what a report has no use for is passed over.</summary>
internal sealed record SavedFit
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new Training.WholeLists() },
    };

    public required string Law { get; init; }

    public required string Form { get; init; }

    public required int Points { get; init; }

    public double? R2 { get; init; }

    public required IReadOnlyDictionary<string, double?> Parameters { get; init; }

    public IReadOnlyDictionary<string, double?[]?> Intervals { get; init; } = new Dictionary<string, double?[]?>();

    public double Confidence { get; init; } = FitOptions.UsualConfidence;

    public int Bootstraps { get; init; }

    public IReadOnlyList<SavedFinding> Findings { get; init; } = [];

    public IReadOnlyList<SavedPrediction> Predictions { get; init; } = [];

    public required IReadOnlyList<SavedResidual> Residuals { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Those that have a value.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, double> Values => Parameters.Where(each => each.Value is not null).ToDictionary(each => each.Key, each => each.Value!.Value);

    /// <exception cref="InputException">The file is not what <c>pretrain fit --json</c> prints.</exception>
    public static SavedFit Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<SavedFit>(File.ReadAllText(path), Options) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is not what 'pretrain fit --json' prints: {Training.RunJson.Describe(e)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <exception cref="InputException">It is not what <c>pretrain fit --json</c> prints.</exception>
    public static SavedFit Of(JsonNode fit, string name)
    {
        try
        {
            return fit.Deserialize<SavedFit>(Options) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new InputException($"The fit '{name}' of the study is not what 'pretrain fit --json' prints: {Training.RunJson.Describe(e)}", e);
        }
    }

    public Interval? IntervalOf(string parameter) =>
        Intervals.TryGetValue(parameter, out double?[]? ends) ? IntervalOf(ends) : null;

    /// <summary>Null where an end is missing.</summary>
    public static Interval? IntervalOf(double?[]? ends) => ends is [{ } low, { } high] ? new Interval(low, high) : null;
}

/// <summary>A figure that followed from the fit.</summary>
internal sealed record SavedFinding(string What, IReadOnlyDictionary<string, string> At, double? Value = null, double?[]? Interval = null);

/// <summary>What the law said at a point.</summary>
internal sealed record SavedPrediction(IReadOnlyDictionary<string, double> At, double? Value = null, double?[]? Interval = null);

/// <summary>A row of the fit.</summary>
internal sealed record SavedResidual(string Row, double Measured, double Fitted)
{
    public IReadOnlyDictionary<string, double> At { get; init; } = new Dictionary<string, double>();

    public IReadOnlyDictionary<string, string>? Words { get; init; }
}
