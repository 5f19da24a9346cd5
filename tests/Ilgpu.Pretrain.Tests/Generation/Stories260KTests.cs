using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Generation;

/// <summary>A real Llama, trained and run elsewhere, gives here the logits and the text that it gives there.</summary>
public sealed class Stories260KTests
{
    /// <summary>Logits up to about 20 through five layers of fp32; the bar is that of the reference.</summary>
    private static readonly Tolerance LogitTolerance = new(1e-4, 0);

    [Fact]
    public void All_logits_equal_the_reference()
    {
        (int[] ids, float[] expected) = Stories260K.Reference();
        Assert.Equal(201, ids.Length);
        using LlamaModel model = Stories260K.Load(ids.Length);
        var logits = new float[expected.Length];
        model.Logits(ids, logits);
        LogitTolerance.AssertClose(expected.ToDoubles(), logits, "logits of the whole pass");

        using var decoder = new Decoder(model);
        for (int position = 0; position < ids.Length; position++)
            decoder.Step([ids[position]], logits.AsSpan(position * decoder.Vocabulary, decoder.Vocabulary));
        LogitTolerance.AssertClose(expected.ToDoubles(), logits, "logits token by token");
        double worst = expected.Zip(logits, (a, b) => Math.Abs((double)a - b)).Max();
        TestContext.Current.TestOutputHelper?.WriteLine($"largest difference {worst:G3}");
    }

    [Fact]
    public void The_greedy_text_is_identical()
    {
        (int[] ids, _) = Stories260K.Reference();
        using LlamaModel model = Stories260K.Load(1);
        using var decoder = new Decoder(model);
        int[] continued = [ids[0], .. new Generator(decoder).Continue([ids[0]], ids.Length - 1, new SamplingOptions { Temperature = 0 })];
        Assert.Equal(ids, continued);
        string text = Stories260K.Decode(continued);
        Assert.StartsWith("Once upon a time, there was a little girl named Lily. She loved to play outside", text, StringComparison.Ordinal);
        Assert.Equal(Stories260K.Decode(ids), text);
    }
}
