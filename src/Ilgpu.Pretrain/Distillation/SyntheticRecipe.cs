using System.Text.Json;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>
/// Everything that decides a synthetic corpus; its hash is the corpus' name. Sequences of one length are sampled
/// unconditionally: behind the token between documents, or, where the dataset has none, from a token that is drawn from its
/// training part on.
/// </summary>
public sealed record SyntheticRecipe
{
    private const int ShortestLength = 2;

    /// <summary>The teachers' run ids, in their order.</summary>
    public required IReadOnlyList<string> Teachers { get; init; }

    /// <summary>The dataset that they were trained on: its tokenizer, its token between documents, its validation part.</summary>
    public required string DatasetHash { get; init; }

    public required TeacherKind Kind { get; init; }

    /// <summary>Tokens of the corpus.</summary>
    public required long Tokens { get; init; }

    /// <summary>Tokens of a sequence.</summary>
    public required int Length { get; init; }

    public double Temperature { get; init; } = 1;

    public int TopK { get; init; }

    public double TopP { get; init; } = 1;

    public ulong Seed { get; init; }

    /// <summary><see cref="Numerics.Version"/> of the program that samples.</summary>
    public int NumericsVersion { get; init; } = Numerics.Version;

    /// <summary>The corpus' name.</summary>
    [JsonIgnore]
    public string Id => ContentDigest.IdOf(ContentDigest.Of(JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Compact)));

    [JsonIgnore]
    public SamplingOptions Sampling => new() { Temperature = Temperature, TopK = TopK, TopP = TopP, Seed = Seed };

    /// <summary>Sequences that it takes; the last one is cut.</summary>
    [JsonIgnore]
    public long Sequences => (Tokens + Length - 1) / Length;

    /// <summary>The corpus of these teachers.</summary>
    /// <param name="teachers">In their order.</param>
    /// <param name="kind">How they write it.</param>
    /// <param name="tokens">Of the corpus.</param>
    /// <param name="length">Tokens of a sequence; null for what they were trained on.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    public static SyntheticRecipe Of(IReadOnlyList<EnsembleMember> teachers, TeacherKind kind, long tokens, int? length, SamplingOptions sampling) => new()
    {
        Teachers = [.. teachers.Select(teacher => teacher.Id)],
        DatasetHash = teachers[0].Config.DatasetHash,
        Kind = teachers.Count == 1 ? TeacherKind.Logits : kind,
        Tokens = tokens,
        Length = length ?? teachers[0].Config.Length,
        Temperature = sampling.Temperature,
        TopK = sampling.TopK,
        TopP = sampling.TopP,
        Seed = sampling.Seed,
    };

    /// <exception cref="InputException">A value is out of its range: names its flag.</exception>
    internal void Validate(IReadOnlyList<EnsembleMember> teachers, TokenDataset dataset)
    {
        Sampling.Validate();
        int context = teachers.Min(teacher => teacher.Config.Model.Context);
        InputException.ThrowUnless(Length >= ShortestLength && Length <= context, "--sample-length", Length, $"a whole number from {ShortestLength} to {context}, the teachers' context");
        InputException.ThrowUnless(Tokens >= ShortestLength && Sequences <= uint.MaxValue, "--synthetic-tokens", Tokens, $"a whole number from {ShortestLength}, of {uint.MaxValue} sequences at most");
        foreach (EnsembleMember teacher in teachers)
        {
            if (teacher.Config.DatasetHash != dataset.Hash || teacher.Config.DatasetHash != DatasetHash)
                throw new InputException($"The teacher '{teacher.Folder}' was trained on the dataset {teacher.Config.DatasetHash} with its tokenizer; the student's is {dataset.Hash}: they share the dataset.");
        }
    }
}
