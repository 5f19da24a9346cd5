using System.Text.Json;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Tests.Generation;
using Ilgpu.Pretrain.Tests.Interchange;
using Ilgpu.Pretrain.Tests.Tokenization;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Models come in and go out by command.</summary>
public sealed class ImportCommandTests : IDisposable
{
    private readonly TextCorpus corpus = new();

    [Fact]
    public void A_real_model_of_llama2c_prints_its_published_text()
    {
        string weights = SharedData.Require("reference", "stories260K", "stories260K.bin");
        string tokenizer = SharedData.Require("reference", "stories260K", "tok512.bin");
        string target = Path.Combine(corpus.Folder, "stories");
        Done(PretrainProcess.Run("import", "--from", "llama2c", "--weights", weights, "--tokenizer", tokenizer, "--out", target));
        PretrainProcess.Ended generated = Done(PretrainProcess.Run("generate", target, "--temperature", "0", "--tokens", "200", "--device", "cpu"));
        (int[] ids, float[] expected) = Stories260K.Reference();
        Assert.Equal(Stories260K.Decode(ids) + Environment.NewLine, generated.Output);

        // What the check of exports against transformers compares.
        string logits = Path.Combine(corpus.Folder, "logits.safetensors");
        using JsonDocument json = JsonDocument.Parse(Done(PretrainProcess.Run("generate", target, "--temperature", "0", "--tokens", "50", "--device", "cpu", "--json", "--logits", logits)).Output);
        Assert.Equal(ids[..51], json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        using var reader = new SafetensorsReader(logits);
        var written = new float[51 * 512];
        reader.Read(reader.Require("logits", [51, 512]), 0, written);
        // The bar of the reference: logits up to about 20 through five layers of fp32.
        new Tolerance(1e-4, 0).AssertClose(expected.AsSpan(0, written.Length).ToArray().ToDoubles(), written, "logits");
    }

    [Fact]
    public void A_run_goes_out_and_comes_in_again_and_is_continued()
    {
        string run = Path.Combine(corpus.Folder, "run");
        Done(PretrainProcess.Run(corpus.Train("--run", run)));
        string exported = Path.Combine(corpus.Folder, "exported");
        using JsonDocument export = JsonDocument.Parse(Done(PretrainProcess.Run("export", run, "--out", exported, "--shard-size", "40KB", "--json")).Output);
        Assert.Contains(export.RootElement.GetProperty("files").EnumerateArray(), file => file.GetProperty("path").GetString()!.EndsWith("model.safetensors.index.json", StringComparison.Ordinal));
        string imported = Path.Combine(corpus.Folder, "imported");
        using JsonDocument import = JsonDocument.Parse(Done(PretrainProcess.Run("import", "--weights", exported, "--out", imported, "--json")).Output);
        string[] generate = ["--temperature", ".5", "--seed", "3", "--tokens", "40", "--prompt", "the row", "--device", "cpu"];
        Assert.Equal(Done(PretrainProcess.Run(["generate", run, .. generate])).Output, Done(PretrainProcess.Run(["generate", imported, .. generate])).Output);

        string[] more = ["--data", corpus.Source, "--out", corpus.Runs, "--device", "cpu", "--threads", "2", "--length", "32", "--val-tokens", "500", "--steps", "8", "--json"];
        using JsonDocument continued = JsonDocument.Parse(Done(PretrainProcess.Run(["continue", imported, .. more])).Output);
        Assert.Equal(import.RootElement.GetProperty("id").GetString(), continued.RootElement.GetProperty("runs")[0].GetProperty("from").GetString());
        Assert.False(continued.RootElement.TryGetProperty("old", out _));
        Assert.True(continued.RootElement.GetProperty("new").GetProperty("after").GetDouble() < continued.RootElement.GetProperty("new").GetProperty("before").GetDouble() + .05);

        // With what it was trained on given, the old text counts, too; and the continued run is one that is resumed.
        string dataset = Directory.GetDirectories(Path.Combine(corpus.Runs, "data"))[0];
        using JsonDocument replayed = JsonDocument.Parse(Done(PretrainProcess.Run(["continue", imported, .. more, "--old-data", dataset, "--replay", ".25"])).Output);
        Assert.True(replayed.RootElement.TryGetProperty("old", out _));
        string folder = replayed.RootElement.GetProperty("runs")[0].GetProperty("folder").GetString()!;
        File.Delete(Path.Combine(folder, "result.json"));
        Done(PretrainProcess.Run("train", "--resume", folder, "--device", "cpu"));
    }

    [Fact]
    public void Wrong_input_is_named_in_one_line()
    {
        string model = corpus.Write("model.bin", new ReferenceLlama2c(1, tied: true).Version0());
        string tokenizer = corpus.Write("tokenizer.bin", TokenizerFiles.Llama2c(("a", -1)));
        string target = Path.Combine(corpus.Folder, "out");
        Wrong("--weights is required", "import", "--out", target);
        Wrong("'no-such-file', which is not there", "import", "--weights", "no-such-file", "--out", target);
        Wrong("whose format is not clear: name it with --from huggingface or llama2c", "import", "--weights", corpus.Write("model.pt", [1]), "--out", target);
        Wrong("--from was given 'gguf'; it takes one of huggingface, llama2c", "import", "--from", "gguf", "--weights", model, "--out", target);
        Wrong("vocabulary of 265 tokens, and its tokenizer 260", "import", "--weights", model, "--tokenizer", tokenizer, "--out", target);
        Wrong("has no config.json", "import", "--weights", corpus.Source, "--out", target);
        Wrong("which has something in it", "import", "--weights", model, "--tokenizer", tokenizer, "--out", corpus.Source);
        Wrong("not a run folder", "export", corpus.Source, "--out", target);
        Wrong("--shard-size was given 'big'; it takes a number of bytes from 1, as in 500MB, 5GB or 2GiB", "export", corpus.Source, "--out", target, "--shard-size", "big");
        Wrong("--dtype was given 'fp8'; it takes one of fp32, bf16, fp16", "export", corpus.Source, "--out", target, "--dtype", "fp8");
        Wrong("--logits was given 'x.txt'; it takes a file name that ends in .safetensors", "generate", corpus.Source, "--logits", "x.txt");
        Assert.False(Path.Exists(target));
    }

    public void Dispose() => corpus.Dispose();

    private static PretrainProcess.Ended Done(PretrainProcess.Ended ended)
    {
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }

    private static void Wrong(string part, params string[] arguments)
    {
        PretrainProcess.Ended ended = PretrainProcess.Run(arguments);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(part, ended.ErrorLine, StringComparison.Ordinal);
    }
}
