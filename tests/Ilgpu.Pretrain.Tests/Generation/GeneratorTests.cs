using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Modeling;

namespace Ilgpu.Pretrain.Tests.Generation;

public sealed class GeneratorTests
{
    private const int Length = 40;
    private static readonly LlamaConfig Config = TestModels.Tiny with { Context = Length };

    [Theory]
    [InlineData(1, null)]
    [InlineData(3, null)]
    [InlineData(2, Rung.Naive)]
    public void Token_by_token_the_logits_are_those_of_the_whole_pass(int batch, Rung? rung)
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(batch, Length) { Rung = rung });
        (int[] ids, _) = TestModels.Batch(Config, batch * Length, 5);
        var whole = new float[ids.Length * Config.Vocabulary];
        model.Logits(ids, whole);
        using var decoder = new Decoder(model, batch);
        var logits = new float[batch * Config.Vocabulary];
        for (int position = 0; position < Length; position++)
        {
            Assert.Equal(position, decoder.Position);
            decoder.Step([.. Enumerable.Range(0, batch).Select(i => ids[(i * Length) + position])], logits);
            for (int i = 0; i < batch; i++)
            {
                double[] expected = whole.AsSpan(((i * Length) + position) * Config.Vocabulary, Config.Vocabulary).ToArray().ToDoubles();
                new Tolerance(1e-5, 1e-5).AssertClose(expected, logits.AsSpan(i * Config.Vocabulary, Config.Vocabulary), $"position {position} of sequence {i}");
            }
        }

        _ = Assert.Throws<InvalidOperationException>(() => decoder.Step(new int[batch], []));
    }

    [Fact]
    public void A_sequence_draws_in_a_batch_what_it_draws_beside_others()
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1));
        using var decoder = new Decoder(model, 2);
        var generator = new Generator(decoder);
        var sampling = new SamplingOptions { Seed = 3 };
        IReadOnlyList<int>[] both = generator.ContinueAll([[1, 2], [3, 4]], 20, sampling);
        IReadOnlyList<int>[] besideAnother = generator.ContinueAll([[1, 2], [9, 9]], 20, sampling);
        Assert.Equal(both[0], besideAnother[0]);
        Assert.NotEqual(both[1], besideAnother[1]);
        using var single = new Decoder(model);
        Assert.Equal(both[0], new Generator(single).Continue([1, 2], 20, sampling));
        Assert.Equal(both, generator.ContinueAll([[1, 2], [3, 4]], 20, sampling));
    }

    [Fact]
    public void Generation_ends_before_the_end_token()
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1));
        using var decoder = new Decoder(model, 2);
        using var single = new Decoder(model);
        var generator = new Generator(decoder);
        var sampling = new SamplingOptions { Seed = 3 };
        int[] endless = [.. generator.ContinueAll([[1], [2]], 30, sampling)[0]];
        int end = endless[7];
        int[] untilEnd = endless[..Array.IndexOf(endless, end)];
        Assert.Equal(untilEnd, generator.ContinueAll([[1], [2]], 30, sampling, end)[0]);
        Assert.Equal(untilEnd, new Generator(single).Continue([1], 30, sampling, end));
    }

    [Fact]
    public void A_full_cache_slides_to_the_last_half_of_its_tokens()
    {
        const int Capacity = 8;
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1));
        using var decoder = new Decoder(model, 1, Capacity);
        var generator = new Generator(decoder);
        var greedy = new SamplingOptions { Temperature = 0 };
        int[] sequence = [5, 6, 7, .. generator.Continue([5, 6, 7], 30, greedy)];
        Assert.Equal(33, sequence.Length);

        // The ninth token is drawn with eight before it, the tenth with the last four of nine.
        Assert.Equal(sequence[9], generator.Continue(sequence[5..9], 1, greedy).Single());
        Assert.Equal(sequence[13], generator.Continue(sequence[5..13], 1, greedy).Single());
        Assert.Equal(sequence[14], generator.Continue(sequence[10..14], 1, greedy).Single());
        Assert.Equal(sequence[9..14], generator.Continue(sequence[..9], 5, greedy));
    }

    [Fact]
    public void What_cannot_be_continued_is_refused()
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1));
        using var decoder = new Decoder(model, 2);
        var generator = new Generator(decoder);
        _ = Assert.Throws<InputException>(() => generator.ContinueAll([[1]], 5, new SamplingOptions()));
        _ = Assert.Throws<InputException>(() => generator.ContinueAll([[1], []], 5, new SamplingOptions()));
        _ = Assert.Throws<InputException>(() => generator.ContinueAll([[1], [1, 2]], 5, new SamplingOptions()));
        _ = Assert.Throws<InputException>(() => generator.ContinueAll([[1], [2]], 0, new SamplingOptions()));
        _ = Assert.Throws<InputException>(() => generator.ContinueAll([[1], [2]], 5, new SamplingOptions { TopP = 2 }));
        _ = Assert.Throws<ArgumentException>(() => generator.ContinueAll([[1], [37]], 5, new SamplingOptions()));
        _ = Assert.Throws<InvalidOperationException>(() => generator.Continue([1], 5, new SamplingOptions()));
        _ = Assert.Throws<InputException>(() => new Decoder(model, 1, Length + 1));
        _ = Assert.Throws<InputException>(() => new Decoder(model, 0));
    }
}
