namespace Ilgpu.Pretrain.Data;

/// <summary>What a dataset is made of.</summary>
public sealed record DatasetOptions
{
    /// <summary>The share of the text that is held out when nothing else is asked for.</summary>
    public const double DefaultValidationShare = .05;

    /// <summary><c>dotnet-docs</c>, a .txt or .md file, or a folder of them.</summary>
    public required string Source { get; init; }

    /// <summary>What <see cref="Tokenization.Tokenizer.Load"/> takes.</summary>
    public string Tokenizer { get; init; } = "bytes";

    /// <summary>The share of the text's bytes that is held out for validation, as whole documents.</summary>
    public double ValidationShare { get; init; } = DefaultValidationShare;

    /// <summary>Decides which documents are held out, and the order of the others.</summary>
    public ulong SplitSeed { get; init; }

    /// <summary>Threads that read and encode; the dataset does not depend on them.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
