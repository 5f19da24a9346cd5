using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Modeling;

namespace Ilgpu.Pretrain.Tests.Ensembling;

public sealed class EnsembleDecoderTests
{
    private const int Length = 24;
    private static readonly LlamaConfig Config = TestModels.Tiny with { Context = Length };

    [Theory]
    [InlineData(EnsembleAveraging.Logits, null)]
    [InlineData(EnsembleAveraging.Probabilities, null)]
    [InlineData(EnsembleAveraging.Logits, new[] { .2, .5, .3 })]
    [InlineData(EnsembleAveraging.Probabilities, new[] { 0, .75, .25 })]
    public void Each_step_averages_what_the_members_give(EnsembleAveraging averaging, double[]? weights)
    {
        LlamaModel[] models = [Create(1), Create(2), Create(3)];
        using var ensemble = new EnsembleDecoder(models, averaging, batch: 2, weights: weights);
        Decoder[] members = [.. models.Select(model => new Decoder(model, 2))];
        (int[] ids, _) = TestModels.Batch(Config, 2 * Length, 5);
        var logits = new float[2 * Config.Vocabulary];
        var ofMember = new float[logits.Length];
        for (int position = 0; position < Length; position++)
        {
            int[] step = [ids[position], ids[Length + position]];
            ensemble.Step(step, logits);
            var expected = new double[logits.Length];
            for (int member = 0; member < members.Length; member++)
            {
                members[member].Step(step, ofMember);
                for (int row = 0; row < 2; row++)
                    Add(ofMember.AsSpan(row * Config.Vocabulary, Config.Vocabulary), expected.AsSpan(row * Config.Vocabulary, Config.Vocabulary), averaging, weights?[member] ?? 1.0 / members.Length);
            }

            for (int i = 0; i < expected.Length; i++)
                expected[i] = averaging == EnsembleAveraging.Logits ? expected[i] : Math.Log(expected[i]);
            new Tolerance(1e-5, 1e-5).AssertClose(expected, logits, $"position {position}");
        }

        Assert.Equal(Length, ensemble.Position);
        _ = Assert.Throws<InvalidOperationException>(() => ensemble.Step([0, 0], []));
        foreach (IDisposable each in members.Cast<IDisposable>().Concat(models))
            each.Dispose();
    }

    [Fact]
    public void A_prompt_without_wanted_logits_and_a_reset_lead_to_the_same_text()
    {
        LlamaModel[] models = [Create(1), Create(2)];
        using var decoder = new EnsembleDecoder(models, EnsembleAveraging.Logits);
        var generator = new Generator(decoder);
        int[] first = [.. generator.Continue([1, 2, 3], 12, new SamplingOptions { Seed = 4 })];
        Assert.Equal(first, generator.Continue([1, 2, 3], 12, new SamplingOptions { Seed = 4 }));
        foreach (LlamaModel model in models)
            model.Dispose();
    }

    [Fact]
    public void Twice_the_same_model_continues_greedily_as_it_does_alone()
    {
        using LlamaModel model = Create(6);
        using var twice = new EnsembleDecoder([model, model], EnsembleAveraging.Logits);
        using var alone = new Decoder(model);
        var greedy = new SamplingOptions { Temperature = 0 };
        Assert.Equal([.. new Generator(alone).Continue([5], 20, greedy)], [.. new Generator(twice).Continue([5], 20, greedy)]);
    }

    private static LlamaModel Create(ulong seed)
    {
        LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1));
        model.Initialize(seed);
        return model;
    }

    private static void Add(ReadOnlySpan<float> logits, Span<double> sums, EnsembleAveraging averaging, double weight)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
            largest = Math.Max(largest, logit);
        double total = 0;
        foreach (float logit in logits)
            total += Math.Exp(logit - largest);
        for (int i = 0; i < logits.Length; i++)
            sums[i] += weight * (averaging == EnsembleAveraging.Logits ? logits[i] : Math.Exp(logits[i] - largest) / total);
    }
}
