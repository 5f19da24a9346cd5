using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Learning rates by the names of curves, as JSON:
/// <c>{"name": {"kind": "cosine", "peak": 3e-4, "final": 3e-5, "warm_up": 2160, "steps": 24000}}</c>.
/// Kinds: constant, cosine, wsd (a decay in the logarithm from step <c>from</c>), wsd-linear, two-stage (<c>final</c> from
/// step <c>from</c> on).
/// </summary>
public static class ScheduleFile
{
    /// <summary>A curve takes memory for each of its steps.</summary>
    private const int MostSteps = 2_000_000;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <exception cref="InputException">It cannot be read, or a schedule has no sense.</exception>
    public static IReadOnlyDictionary<string, LearningRateCurve> Read(string path)
    {
        try
        {
            Dictionary<string, Entry?> entries = JsonSerializer.Deserialize<Dictionary<string, Entry?>>(File.ReadAllText(path), Options) ?? [];
            return entries.ToDictionary(entry => entry.Key, entry => Create(path, entry.Key, entry.Value));
        }
        catch (JsonException e)
        {
            throw new InputException($"--schedules was given '{path}': {e.Message.Split('\n')[0]}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--schedules was given '{path}', which cannot be read: {e.Message}", e);
        }
    }

    private static LearningRateCurve Create(string path, string name, Entry? entry)
    {
        if (entry is null)
            throw new InputException($"{path}, {name}: it is null; it takes a schedule.");
        if (entry.Steps > MostSteps)
            throw new InputException($"{path}, {name}: steps is {entry.Steps}; it takes {MostSteps} at most.");
        bool decays = entry.Kind is "wsd" or "wsd-linear" or "two-stage";
        if (!(entry.Peak > 0 && entry.Final >= 0 && entry.WarmUp >= 0 && entry.Steps > entry.WarmUp) || (decays && !(entry.From >= entry.WarmUp && entry.From < entry.Steps)))
            throw new InputException($"{path}, {name}: a schedule takes a positive peak, final not negative, 0 <= warm_up{(decays ? " <= from" : "")} < steps.");
        return entry.Kind switch
        {
            "constant" => LearningRateCurve.Constant(entry.Steps, entry.Peak, entry.WarmUp),
            "cosine" => LearningRateCurve.Cosine(entry.Steps, entry.Peak, entry.Final, entry.WarmUp),
            "wsd" => LearningRateCurve.Decaying(entry.Steps, entry.Peak, entry.Final, entry.WarmUp, entry.From, isLinear: false),
            "wsd-linear" => LearningRateCurve.Decaying(entry.Steps, entry.Peak, entry.Final, entry.WarmUp, entry.From, isLinear: true),
            "two-stage" => LearningRateCurve.TwoStage(entry.Steps, entry.Peak, entry.Final, entry.WarmUp, entry.From),
            _ => throw new InputException($"{path}, {name}: the kind is '{entry.Kind}'; it takes one of constant, cosine, wsd, wsd-linear, two-stage."),
        };
    }

    private sealed record Entry(string Kind, double Peak, int Steps, double Final = 0, int WarmUp = 0, int From = 0);
}
