using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Modeling;

namespace Ilgpu.Pretrain.Tests.Generation;

public sealed class SequenceSamplerTests : IDisposable
{
    private const int Length = 30;
    private static readonly LlamaConfig Config = TestModels.Tiny with { Context = Length };

    private readonly LlamaModel[] models = [.. Enumerable.Range(1, 2).Select(seed => TestModels.Create(Config, new LlamaModelOptions(1, Length), seed))];

    public void Dispose() => Array.ForEach(models, model => model.Dispose());

    [Theory]
    [InlineData(null)]
    [InlineData(EnsembleAveraging.Logits)]
    [InlineData(EnsembleAveraging.Probabilities)]
    public void A_sequence_is_the_same_to_the_bit_in_any_batch(EnsembleAveraging? averaging)
    {
        var options = new SamplingOptions { Seed = 5, TopK = 30, TopP = .95 };
        int[][] together = [.. Enumerable.Range(0, 14).Chunk(14).SelectMany(numbers => Sample(averaging, options, numbers))];
        foreach (int batch in new[] { 1, 3, 7 })
        {
            int[][] apart = [.. Enumerable.Range(0, 14).Chunk(batch).SelectMany(numbers => Sample(averaging, options, numbers))];
            Assert.Equal(together, apart);
        }

        int[][] everyThird = Sample(averaging, options, [1, 4, 7, 10, 13]);
        Assert.Equal([together[1], together[4], together[7], together[10], together[13]], everyThird);
        Assert.Equal(together.Length, together.Select(sequence => string.Join(' ', sequence)).Distinct().Count());
    }

    /// <summary>The second and the third token of 6,000 sequences against the exact softmax of the whole pass.</summary>
    [Theory]
    [InlineData(1.0)]
    [InlineData(.6)]
    public void Tokens_follow_the_models_own_distribution(double temperature)
    {
        const int Sequences = 6000;
        const int Start = 4;
        int vocabulary = Config.Vocabulary;
        double[] first = Softmax([Start], temperature);
        var second = new double[vocabulary];
        for (int id = 0; id < vocabulary; id++)
        {
            double[] after = Softmax([Start, id], temperature);
            for (int next = 0; next < vocabulary; next++)
                second[next] += first[id] * after[next];
        }

        var counts = new int[2][] { new int[vocabulary], new int[vocabulary] };
        foreach (int[] sequence in Sample(null, new SamplingOptions { Seed = 21, Temperature = temperature }, [.. Enumerable.Range(0, Sequences)], Start, length: 3))
        {
            counts[0][sequence[1]]++;
            counts[1][sequence[2]]++;
        }

        // A true distribution exceeds 67.99 once in a thousand, with 36 degrees of freedom.
        Assert.InRange(ChiSquare(counts[0], first), 0, 67.99);
        Assert.InRange(ChiSquare(counts[1], second), 0, 67.99);
    }

    [Fact]
    public void Without_a_temperature_it_is_what_the_generator_continues()
    {
        using var decoder = new Decoder(models[0]);
        var greedy = new SamplingOptions { Temperature = 0 };
        int[] sequence = Sample(null, greedy, [0, 1], start: 9)[1];
        int[] continued = [9, .. new Generator(decoder).Continue([9], Length - 1, greedy)];
        Assert.Equal(continued, sequence);
    }

    [Fact]
    public void Logits_that_are_not_numbers_are_named_with_their_sequence()
    {
        models[0].Weights.FinalNorm.CopyFrom([.. Enumerable.Repeat(float.NaN, Config.Hidden)]);
        var e = Assert.Throws<InputException>(() => Sample(null, new SamplingOptions(), [7, 9]));
        Assert.StartsWith("Sequence 7 cannot be sampled on from token 1: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancellation_stops_between_tokens()
    {
        using var source = new CancellationTokenSource();
        using var decoder = new Decoder(models[0], 2);
        using var sampler = new SequenceSampler(TestDevices.Cpu, decoder, new SamplingOptions());
        int steps = 0;
        void Count()
        {
            if (++steps == 5)
                source.Cancel();
        }

        Assert.Throws<OperationCanceledException>(() => sampler.Sample(0, 1, new int[2 * Length], Count, source.Token));
        Assert.Equal(5, steps);
    }

    private int[][] Sample(EnsembleAveraging? averaging, SamplingOptions options, int[] numbers, int start = 3, int length = Length)
    {
        using IBatchDecoder decoder = averaging is { } average ? new EnsembleDecoder(models, average, numbers.Length, length) : new Decoder(models[0], numbers.Length, length);
        using var sampler = new SequenceSampler(TestDevices.Cpu, decoder, options);
        int[] tokens = [.. Enumerable.Repeat(start, numbers.Length * length)];
        uint stride = numbers.Length > 1 ? (uint)(numbers[1] - numbers[0]) : 1;
        sampler.Sample((uint)numbers[0], stride, tokens, cancellation: TestContext.Current.CancellationToken);
        return [.. tokens.Chunk(length)];
    }

    /// <summary>Of the token behind these.</summary>
    private double[] Softmax(int[] ids, double temperature)
    {
        int[] window = [.. ids, .. new int[Length - ids.Length]];
        var logits = new float[Length * Config.Vocabulary];
        models[0].Logits(window, logits);
        double[] weights = [.. logits.Skip((ids.Length - 1) * Config.Vocabulary).Take(Config.Vocabulary).Select(logit => Math.Exp(logit / temperature))];
        double sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }

    private static double ChiSquare(int[] counts, double[] probabilities)
    {
        double drawn = counts.Sum();
        return counts.Zip(probabilities, (count, probability) => Math.Pow(count - (drawn * probability), 2) / (drawn * probability)).Sum();
    }
}
