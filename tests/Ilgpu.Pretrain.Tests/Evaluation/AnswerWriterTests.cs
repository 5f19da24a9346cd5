using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Modeling;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Evaluation;

/// <summary>Answers: what greedy generation writes, though the cache is kept from prompt to prompt.</summary>
public sealed class AnswerWriterTests
{
    private static readonly LlamaConfig Config = TestModels.Tiny with { Vocabulary = 257, Context = 64 };
    private static readonly Tokenizer Bytes = Tokenizer.Load("bytes");

    [Fact]
    public void An_answer_is_the_greedy_continuation_whatever_was_asked_before()
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1), seed: 3);
        using var decoder = new Decoder(model);
        var member = new MemberLogits(decoder);
        var writer = new AnswerWriter(member, Bytes, start: 256, ends: [256], stop: "\u0001");
        foreach (string prompt in new[] { "Alike: one", "Alike: two, and more", "Alike: one", "Different" })
        {
            using var alone = new Decoder(model);
            int[] ids = [256, .. Bytes.Encode(prompt)];
            string expected = Bytes.DecodeText([.. new Generator(alone).Continue(ids, 20, new SamplingOptions { Temperature = 0 }, end: 256)]);
            Assert.Equal(expected.Split('\u0001')[0], writer.Write(prompt, 20, EvaluationStart.Always, "row", TestContext.Current.CancellationToken));
        }

        Assert.True(writer.SeenTokens - member.ComputedTokens >= 2 * "_Alike: ".Length, "beginnings were kept");
        Assert.Equal(0, writer.CutPrompts);
    }

    [Fact]
    public void An_answer_ends_before_what_stops_it()
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1), seed: 4);
        using var decoder = new Decoder(model);
        string whole = new AnswerWriter(new MemberLogits(decoder), Bytes, null, [], stop: "\u0001never").Write("Say", 12, EvaluationStart.Always, "row", TestContext.Current.CancellationToken);
        string stop = whole[4..6];
        string cut = new AnswerWriter(new MemberLogits(decoder), Bytes, null, [], stop).Write("Say", 12, EvaluationStart.Always, "row", TestContext.Current.CancellationToken);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], cut);
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_loses_its_beginning()
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1), seed: 5);
        using var decoder = new Decoder(model);
        string prompt = string.Concat(Enumerable.Range(10, 50));
        var writer = new AnswerWriter(new MemberLogits(decoder), Bytes, null, [], stop: "\u0001never");
        string answer = writer.Write(prompt, 40, EvaluationStart.Always, "row", TestContext.Current.CancellationToken);
        Assert.Equal(1, writer.CutPrompts);
        Assert.InRange(writer.WrittenTokens, 32, 33);
        string ofEnd = new AnswerWriter(new MemberLogits(decoder), Bytes, null, [], stop: "\u0001never").Write(prompt[^32..], 40, EvaluationStart.Always, "row", TestContext.Current.CancellationToken);
        Assert.Equal(answer, ofEnd);
    }

    [Theory]
    [InlineData(EnsembleAveraging.Logits)]
    [InlineData(EnsembleAveraging.Probabilities)]
    public void The_first_members_together_answer_as_their_ensemble_generates_whoever_answers_between(EnsembleAveraging averaging)
    {
        LlamaModel[] models = [.. Enumerable.Range(7, 3).Select(seed => TestModels.Create(Config, new LlamaModelOptions(1, 1), seed))];
        Decoder[] decoders = [.. models.Select(model => new Decoder(model))];
        MemberLogits[] members = [.. decoders.Select(decoder => new MemberLogits(decoder))];
        AveragedLogits[] firsts = [.. Enumerable.Range(1, 3).Select(k => new AveragedLogits(models[0].Device, members[..k], averaging, rung: null))];
        AnswerWriter[] writers = [.. members.Concat<INextLogits>(firsts).Select(next => new AnswerWriter(next, Bytes, null, [], stop: "\u0001never"))];
        var answers = new HashSet<string>();
        foreach (string prompt in new[] { "Alike: one", "Alike: two", "Other" })
        {
            string[] written = [.. writers.Select(writer => writer.Write(prompt, 20, EvaluationStart.Always, "row", TestContext.Current.CancellationToken))];
            Assert.Equal(written[0], written[3]);
            for (int k = 1; k <= 3; k++)
            {
                using var ensemble = new EnsembleDecoder(models[..k], averaging);
                int[] expected = new Generator(ensemble).Continue(Bytes.Encode(prompt), 20, new SamplingOptions { Temperature = 0 }, end: null).ToArray();
                Assert.Equal(Bytes.DecodeText(expected), written[2 + k]);
            }

            answers.UnionWith(written);
        }

        Assert.True(answers.Count >= 9, "the models answer differently, or this shows nothing");
        Assert.True(members.Sum(member => member.ComputedTokens) < writers.Sum(writer => writer.SeenTokens), "prompts are shared");
        foreach (IDisposable each in firsts.Concat<IDisposable>(decoders).Concat(models))
            each.Dispose();
    }

    [Fact]
    public void A_decoder_goes_back_and_on_to_the_same_bits()
    {
        using LlamaModel model = TestModels.Create(Config, new LlamaModelOptions(1, 1), seed: 6);
        using var decoder = new Decoder(model);
        var expected = new float[Config.Vocabulary];
        var actual = new float[Config.Vocabulary];
        foreach (int id in new[] { 1, 2, 3 })
            decoder.Step([id], expected);
        decoder.Step([9], []);
        decoder.Rewind(2);
        Assert.Equal(2, decoder.Position);
        decoder.Step([3], actual);
        Assert.Equal(expected, actual);
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Rewind(4));
    }
}
