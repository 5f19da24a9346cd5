using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>What came of each row or window, a JSON object a line.</summary>
public static class ExampleLines
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Of a task; the file is written as a whole or not at all.</summary>
    public static void Write(string path, TaskData data, TaskEvaluation evaluation) =>
        WriteLines(path, data.Items.Zip(evaluation.Outcomes, (item, outcome) => new
        {
            row = item.Name,
            gold = outcome.Answer is null ? item.Gold : (int?)null,
            predicted = outcome.Answer is null ? outcome.Predicted : (int?)null,
            correct = outcome.IsCorrect,
            correct_norm = outcome.IsCorrectNorm,
            tie = outcome.IsTie ? true : (bool?)null,
            log_likelihoods = outcome.Answer is null ? outcome.LogLikelihoods : null,
            bytes = outcome.Answer is null ? item.Options.Select(option => option.Bytes) : null,
            outcome.Answer,
            expected = outcome.Answer is null ? null : item.Options[0].Continuation.Trim(),
        }));

    /// <summary>Of text; the file is written as a whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<WindowLoss> windows) =>
        WriteLines(path, windows.Select(window => new { window.Text, first_token = window.First, window.Tokens, window.Loss }));

    private static void WriteLines<T>(string path, IEnumerable<T> lines) => DurableFile.Write(path, file =>
    {
        foreach (T line in lines)
        {
            JsonSerializer.Serialize(file, line, Options);
            file.WriteByte((byte)'\n');
        }
    });
}
