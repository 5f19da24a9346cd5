namespace Ilgpu.Pretrain.Bench;

/// <summary>A GPT-2 as llm.c lays it out: learned positions, biases, the head tied to the embedding.</summary>
/// <param name="Context">Positions that it knows.</param>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Attention heads of a block.</param>
/// <param name="Width">Features of a token; four times as many in the MLP.</param>
internal sealed record Gpt2Shape(int Context, int Vocabulary, int Layers, int Heads, int Width)
{
    private const int VocabularyUnit = 128;

    public static Gpt2Shape Of124M { get; } = new(1024, 50257, 12, 12, 768);

    /// <summary>Rows of the embedding: a multiple of 128, those past the vocabulary are zero.</summary>
    public int PaddedVocabulary => (Vocabulary + VocabularyUnit - 1) / VocabularyUnit * VocabularyUnit;

    /// <summary>The parameters in the order of the file, each of all layers together.</summary>
    public IReadOnlyList<Gpt2Tensor> Tensors
    {
        get
        {
            long width = Width;
            return
            [
                new("wte", Gpt2TensorKind.Matrix, PaddedVocabulary * width),
                new("wpe", Gpt2TensorKind.Matrix, Context * width),
                new("ln1w", Gpt2TensorKind.Scale, Layers * width),
                new("ln1b", Gpt2TensorKind.Bias, Layers * width),
                new("qkvw", Gpt2TensorKind.Matrix, Layers * 3 * width * width),
                new("qkvb", Gpt2TensorKind.Bias, Layers * 3 * width),
                new("attprojw", Gpt2TensorKind.Matrix, Layers * width * width),
                new("attprojb", Gpt2TensorKind.Bias, Layers * width),
                new("ln2w", Gpt2TensorKind.Scale, Layers * width),
                new("ln2b", Gpt2TensorKind.Bias, Layers * width),
                new("fcw", Gpt2TensorKind.Matrix, Layers * 4 * width * width),
                new("fcb", Gpt2TensorKind.Bias, Layers * 4 * width),
                new("fcprojw", Gpt2TensorKind.Matrix, Layers * width * 4 * width),
                new("fcprojb", Gpt2TensorKind.Bias, Layers * width),
                new("lnfw", Gpt2TensorKind.Scale, width),
                new("lnfb", Gpt2TensorKind.Bias, width),
            ];
        }
    }

    public long ParameterCount => Tensors.Sum(tensor => tensor.Length);

    /// <summary>Counted as our models' are: 6 a token and weight in a product, attention's visible positions, no padding.</summary>
    public double TrainingFlopsPerToken(int length)
    {
        double weights = ((double)Vocabulary * Width) + (12.0 * Layers * Width * Width);
        return 3 * ((2 * weights) + (4.0 * Layers * Width * ((length + 1) / 2.0)));
    }
}
