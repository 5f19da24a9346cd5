using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>study.json, as far as a report has use for it.</summary>
internal sealed record SavedStudy
{
    public const string FileName = "study.json";

    /// <summary>As the file is written, but what is new in it is passed over.</summary>
    private static readonly JsonSerializerOptions Options = new(RunJson.Compact) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    public required string Name { get; init; }

    public string? Written { get; init; }

    public double? Seconds { get; init; }

    public double? BusySeconds { get; init; }

    public required IReadOnlyList<SavedStep> Steps { get; init; }

    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <exception cref="InputException">The file is damaged.</exception>
    public static SavedStudy Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize<SavedStudy>(File.ReadAllText(path), Options) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {RunJson.Describe(e)}", e);
        }
    }
}

/// <summary>A step of a study; what its kind has of the fields.</summary>
internal sealed record SavedStep
{
    public required string Name { get; init; }

    /// <summary>The name with its variables; null without, and where an earlier version wrote the file.</summary>
    public string? Family { get; init; }

    public required string Kind { get; init; }

    public required string State { get; init; }

    public string? Message { get; init; }

    public double Seconds { get; init; }

    public IReadOnlyList<string> Needs { get; init; } = [];

    public double? Loss { get; init; }

    /// <summary>As seen from the study's.</summary>
    public string? Folder { get; init; }

    public IReadOnlyList<SavedStudyRun>? Runs { get; init; }

    public EnsembleScores? Scores { get; init; }

    /// <summary>Of a distillation: the teachers' loss together.</summary>
    public double? TeacherLoss { get; init; }

    public double? BaselineLoss { get; init; }

    public double? ShareKept { get; init; }

    /// <summary>Of an evaluation.</summary>
    public IReadOnlyList<TaskAccuracy>? Accuracies { get; init; }

    public JsonNode? Fit { get; init; }
}

/// <summary>A finished run of a study.</summary>
internal sealed record SavedStudyRun
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    /// <summary>As seen from the study's; null where it is known from a ledger only.</summary>
    public string? Folder { get; init; }

    public double ValLoss { get; init; }

    public double BitsPerByte { get; init; }

    public long Parameters { get; init; }

    public double LearningRate { get; init; }

    public int Epochs { get; init; }

    public double WeightDecay { get; init; }

    public long Tokens { get; init; }

    public double Seconds { get; init; }
}
