using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Modeling;

namespace Ilgpu.Pretrain.Tests.Evaluation;

/// <summary>What an evaluation takes is held against memory before it is allocated.</summary>
public sealed class EvaluationMemoryTests
{
    [Fact]
    public void More_than_the_memory_is_refused_with_what_takes_less()
    {
        using LlamaModel model = TestModels.Create(TestModels.Tiny, new LlamaModelOptions(1, 1));
        EvaluationMemory.Require([model], 1, "Activations of 1 token", "none");
        InputException e = Assert.Throws<InputException>(() => EvaluationMemory.Require([model], 1L << 60, "Activations of 5 tokens", "a smaller --batch-tokens"));
        Assert.StartsWith("Activations of 5 tokens take 1073741824.0 GiB beside 0.0 GiB of weights, and cpu has ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith(" GiB: take a smaller --batch-tokens.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_larger_than_the_memory_is_refused_before_anything_is_allocated()
    {
        using LlamaModel model = TestModels.Create(TestModels.Tiny, new LlamaModelOptions(1, 1));
        InputException e = Assert.Throws<InputException>(() => new PathScorer([model], batchTokens: 1 << 26, longest: 1));
        Assert.StartsWith("Activations of 67108864 tokens take ", e.Message, StringComparison.Ordinal);
    }
}
