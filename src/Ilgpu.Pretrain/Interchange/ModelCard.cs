using System.Globalization;
using System.Reflection;
using System.Text;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>The README.md of exported and imported models: what it is, how it was made, what came out.</summary>
internal static class ModelCard
{
    public const string FileName = "README.md";

    private static readonly string Version =
        typeof(ModelCard).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <param name="config">Of the run.</param>
    /// <param name="tokenizer">Of its text.</param>
    /// <param name="result">What came out; null while it is not finished.</param>
    /// <param name="step">Optimizer steps behind these weights.</param>
    /// <param name="cycle">Of a snapshot, else null.</param>
    public static string OfRun(TrainingConfig config, Tokenizer tokenizer, RunResult? result, long? step, int? cycle)
    {
        StringBuilder card = Head(config.Model, $"A Llama that was pre-trained from random parameters by Ilgpu.Pretrain {Version}.");
        AddShape(card, config.Model, tokenizer);
        card.Append("\n## Losses\n\n");
        if (cycle is not null)
            Line(card, $"The snapshot of cycle {cycle} of run {config.Id}; the losses are those of the run's end.\n");
        if (result is null)
        {
            Line(card, $"The run is not finished: these are the weights {(step is null ? "of its newest checkpoint" : FormattableString.Invariant($"after step {step} of {config.Steps}"))}.");
        }
        else
        {
            AddTable(
                card,
                ("validation loss, nats a token", Loss(result.ValLoss)),
                ("bits per byte of text", Loss(result.BitsPerByte)),
                ("best validation loss", $"{Loss(result.BestValLoss)} (step {result.BestStep})"),
                ("training loss of the last epoch", Loss(result.TrainLoss)),
                ("validation tokens", Count(result.ValTokens)));
        }

        card.Append("\n## Data\n\n");
        AddTable(
            card,
            ("dataset (hash)", $"`{config.DatasetHash}`"),
            ("training tokens", Count(config.Tokens)),
            ("times each was read", config.StepLimit is { } steps ? $"{Count(steps)} steps" : Count(config.Epochs)),
            ("tokens predicted in training", Count(config.Steps * config.TokensPerStep)));
        card.Append("\n## Recipe\n\n");
        Line(card, $"Run `{config.Id}`, in full:\n");
        card.Append("```json\n").Append(config.ToJson()).Append("```\n");
        return card.Append(Loading).ToString();
    }

    /// <param name="config">The shape.</param>
    /// <param name="tokenizer">Of its text.</param>
    /// <param name="origin">Where it is from, in words.</param>
    public static string OfImport(LlamaConfig config, Tokenizer tokenizer, string origin)
    {
        StringBuilder card = Head(config, $"A Llama that was imported by Ilgpu.Pretrain {Version} from {origin}. It was trained elsewhere; its licence is that of its source.");
        AddShape(card, config, tokenizer);
        return card.Append(Loading).ToString();
    }

    /// <param name="members">The folders of the members in the export, with their runs' ids.</param>
    /// <param name="scores">What came out, or null.</param>
    /// <param name="manifestName">Of the file with the same as JSON.</param>
    /// <param name="isImported">Whether others may have made it.</param>
    public static string OfEnsemble(IReadOnlyList<(string Folder, string Id)> members, EnsembleScores? scores, string manifestName, bool isImported)
    {
        var card = new StringBuilder();
        card.Append("---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags:\n- llama\n- ensemble\n---\n\n# An ensemble of ").Append(members.Count).Append(" Llamas\n\n");
        string origin = isImported ? $"Imported by Ilgpu.Pretrain {Version}; licence and figures are its source's." : $"Pre-trained by Ilgpu.Pretrain {Version}.";
        Line(card, $"{origin} Its next-token distribution is that of the mean of the members' logits (or of their probabilities); each folder is a model by itself. `{manifestName}` has this as JSON.\n");
        card.Append("| folder | run | alone | logits averaged up to here | probabilities averaged up to here |\n|---|---|---:|---:|---:|\n");
        for (int i = 0; i < members.Count; i++)
        {
            string losses = scores is null ? "- | - | -" : $"{Loss(scores.Members[i])} | {Loss(scores.LogitAverage[i])} | {Loss(scores.ProbabilityAverage[i])}";
            Line(card, $"| {members[i].Folder} | `{Printable.OneLine(Printable.Excerpt(members[i].Id))}` | {losses} |");
        }

        if (scores is not null)
            Line(card, $"\nValidation losses in nats a token over {Count(scores.Tokens)} tokens; all members together have {Loss(scores.BitsPerByte(scores.LogitAverage[^1]))} bits per byte by averaged logits.");
        return card.ToString();
    }

    private const string Loading = """

        ## Loading

        ```python
        from transformers import AutoModelForCausalLM, AutoTokenizer

        model = AutoModelForCausalLM.from_pretrained("FOLDER")
        tokenizer = AutoTokenizer.from_pretrained("FOLDER")
        ```

        """;

    private static StringBuilder Head(LlamaConfig config, string what)
    {
        var card = new StringBuilder();
        card.Append("---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags:\n- llama\n---\n\n# ").Append(Printable.OneLine(config.Name)).Append("\n\n");
        Line(card, what + "\n");
        return card;
    }

    private static void AddShape(StringBuilder card, LlamaConfig config, Tokenizer tokenizer) => AddTable(
        card,
        ("parameters", Count(config.ParameterCount)),
        ("layers, width, MLP width", $"{config.Layers}, {config.Hidden}, {config.Mlp}"),
        ("heads, key/value heads", $"{config.Heads}, {config.KeyValueHeads}"),
        ("context", Count(config.Context)),
        ("embeddings", config.TiedEmbeddings ? "tied" : "not tied"),
        ("tokenizer", $"{tokenizer.Description}, {Count(tokenizer.VocabularySize)} tokens"),
        ("tokenizer (hash)", $"`{tokenizer.Fingerprint}`"));

    private static void AddTable(StringBuilder card, params ReadOnlySpan<(string Name, string Value)> rows)
    {
        card.Append("| | |\n|---|---|\n");
        foreach ((string name, string value) in rows)
            Line(card, $"| {name} | {value} |");
    }

    private static void Line(StringBuilder card, string text) => card.Append(text).Append('\n');

    private static string Loss(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
