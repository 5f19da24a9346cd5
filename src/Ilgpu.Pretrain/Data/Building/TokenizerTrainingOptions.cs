using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>What a byte-pair tokenizer is trained on and how.</summary>
public sealed record TokenizerTrainingOptions
{
    /// <summary>As <see cref="DatasetOptions.Source"/>; all of it is counted.</summary>
    public required string Source { get; init; }

    public string TextField { get; init; } = DatasetOptions.DefaultTextField;

    /// <summary>Tokens: special ones, the 256 bytes and what is learned.</summary>
    public required int Vocabulary { get; init; }

    public PreTokenization Pieces { get; init; } = PreTokenization.Gpt2;

    /// <summary>They get the first ids; text is not learned across one.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [Tokenizer.EndOfTextName];

    /// <summary>The tokenizer does not depend on them.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
