using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tests.Generation;
using Ilgpu.Pretrain.Tests.Tokenization;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Interchange;

/// <summary>Models of llama2.c's format become models here, or are refused in one line.</summary>
public sealed class Llama2cImportTests : IDisposable
{
    /// <summary>Logits of a few units through two layers of fp32, and ones up to about 20 through five.</summary>
    private static readonly Tolerance LogitTolerance = new(1e-4, 1e-5);

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void Random_weights_give_the_logits_of_the_formats_own_formulas(int version, bool tied)
    {
        var reference = new ReferenceLlama2c(seed: 11 + version, tied);
        ModelFolder imported = Import(version == 0 ? reference.Version0() : reference.Version1());
        Assert.Equal((24, 40, 2, 4, 2, 265, 32, tied), (imported.Config.Hidden, imported.Config.Mlp, imported.Config.Layers, imported.Config.Heads, imported.Config.KeyValueHeads, imported.Config.Vocabulary, imported.Config.Context, imported.Config.TiedEmbeddings));
        int[] ids = new Inputs(3).Integers(17, 0, ReferenceLlama2c.Vocabulary);
        LogitTolerance.AssertClose(reference.Logits(ids), Logits(imported, ids), "logits");
    }

    [Fact]
    public void Both_versions_of_the_same_weights_are_the_same_model()
    {
        var reference = new ReferenceLlama2c(seed: 4, tied: false);
        Assert.Equal(Import(reference.Version0()).Id, Import(reference.Version1()).Id);
    }

    [Fact]
    public void A_real_model_gives_its_published_logits_and_text()
    {
        (int[] ids, float[] expected) = Stories260K.Reference();
        var imported = ModelImport.FromLlama2c(
            SharedData.Require("reference", "stories260K", "stories260K.bin"), SharedData.Require("reference", "stories260K", "tok512.bin"), folder["stories"], cancellation: TestContext.Current.CancellationToken);
        LogitTolerance.AssertClose(expected.ToDoubles(), Logits(imported, ids), "logits");
        using LlamaModel model = imported.Load(TestDevices.Cpu, new LlamaModelOptions(1, 1));
        using var decoder = new Decoder(model);
        int[] continued = [imported.BeginningOfText!.Value, .. new Generator(decoder).Continue([ids[0]], ids.Length - 1, new SamplingOptions { Temperature = 0 })];
        Assert.Equal(ids, continued);
        Assert.Equal(Stories260K.Decode(ids), imported.Tokenizer.DecodeText(continued));

        // And once more through an export, whose tokenizer.json stands beside the tokenizer's own file.
        ModelExport.Write(imported.Location, folder["exported"], new ExportOptions(), cancellation: TestContext.Current.CancellationToken);
        var again = ModelFolder.Open(folder["exported"]);
        Assert.Equal(imported.Id, again.Id);
        Assert.Equal(Logits(imported, ids), Logits(again, ids));
        Assert.True(File.Exists(folder["exported", "tokenizer.json"]));
    }

    [Fact]
    public void A_size_that_its_header_does_not_make_is_refused_with_both()
    {
        byte[] file = new ReferenceLlama2c(1, tied: true).Version0();
        Refused(file[..^1], $"has {file.Length - 1} bytes", $"makes {file.Length}", "dim 24", "vocabulary 265");
        Refused([.. file, 0], $"has {file.Length + 1} bytes", $"makes {file.Length}");
        Refused(file[..20], "has 20 bytes, and the header of a llama2.c model alone takes 28");
        Refused([], "has 0 bytes");
    }

    [Theory]
    [InlineData(0, 0, "hidden has to lie in 1 to 65536; it is 0")]
    [InlineData(0, 25, "heads has to divide hidden (25)")]
    [InlineData(2, 1 << 30, "layers")]
    [InlineData(3, -4, "heads")]
    [InlineData(4, 3, "keyValueHeads has to divide heads")]
    [InlineData(5, int.MinValue, "vocabulary")]
    [InlineData(6, int.MaxValue, "context")]
    public void A_header_of_no_model_is_refused_before_anything_is_made_of_it(int field, int value, string message)
    {
        byte[] file = new ReferenceLlama2c(1, tied: true).Version0();
        BitConverter.TryWriteBytes(file.AsSpan(field * sizeof(int)), value);
        Refused(file, message);
    }

    [Fact]
    public void Quantised_weights_and_unknown_versions_are_refused_by_name()
    {
        Refused(new ReferenceLlama2c(1, tied: true).Version1(version: 2), "version 2, whose weights are quantised");
        Refused(new ReferenceLlama2c(1, tied: true).Version1(version: 9), "version 9; it takes versions 0 and 1");
    }

    [Fact]
    public void A_tokenizer_of_another_vocabulary_is_refused_with_both_sizes()
    {
        string weights = folder.Write("model.bin", new ReferenceLlama2c(1, tied: true).Version0());
        var e = Assert.Throws<InputException>(() => ModelImport.FromLlama2c(weights, folder.Write("other.bin", TokenizerFiles.Llama2c(("a", -1))), folder["out"], cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("vocabulary of 265 tokens, and its tokenizer 260", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<InputException>(() => ModelImport.FromLlama2c(weights, null, folder["out"], cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("--tokenizer is required", e.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(folder["out"]));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused_and_leave_nothing()
    {
        byte[] file = new ReferenceLlama2c(1, tied: true).Version0();
        BitConverter.TryWriteBytes(file.AsSpan(7 * sizeof(int)), float.NaN);
        Refused(file, "'model.embed_tokens.weight' has an element that is not finite");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path, "refused*"));
    }

    public void Dispose() => folder.Dispose();

    private static float[] Logits(ModelFolder imported, int[] ids)
    {
        using LlamaModel model = imported.Load(TestDevices.Cpu, new LlamaModelOptions(1, ids.Length));
        var logits = new float[ids.Length * imported.Config.Vocabulary];
        model.Logits(ids, logits);
        return logits;
    }

    private ModelFolder Import(byte[] file, string target = "")
    {
        string name = target.Length > 0 ? target : $"{Guid.NewGuid():N}";
        string tokenizer = folder.Write("tokenizer.bin", TokenizerFiles.Llama2c((" ", -1), ("a", -2), ("b", -3), ("ab", -4), (" ab", -5), ("é", -6)));
        Assert.IsType<ScoreMergingTokenizer>(Tokenizer.Load(tokenizer));
        return ModelImport.FromLlama2c(folder.Write($"{name}.bin", file), tokenizer, folder[name], cancellation: TestContext.Current.CancellationToken);
    }

    private void Refused(byte[] file, params string[] parts)
    {
        string name = $"refused-{Guid.NewGuid():N}";
        string message = Assert.Throws<InputException>(() => Import(file, name)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        File.Delete(folder[$"{name}.bin"]);
    }
}
