namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Bad input: one line that says what was wrong, what it was given and what it takes; exit code 2.</summary>
public sealed class BadInputTests(BadInputTests.ShortRun finished) : IClassFixture<BadInputTests.ShortRun>
{
    [Theory]
    [InlineData("--lr -1", "--lr", "-1")]
    [InlineData("--lr -1e-3", "--lr was given -0.001", "it takes")]
    [InlineData("--lr -.01", "--lr was given -0.01", "it takes")]
    [InlineData("--lr -1x", "--lr was given '-1x'", "a number")]
    [InlineData("--seed -1", "--seed was given '-1'", "a whole number from 0")]
    [InlineData("--lr 0", "--lr", "0")]
    [InlineData("--lr 1e9", "--lr", "1000000000")]
    [InlineData("--lr nan", "--lr", "NaN")]
    [InlineData("--lr fast", "--lr", "fast")]
    [InlineData("--wd -0.5", "--wd", "-0.5")]
    [InlineData("--wd -.5", "--wd was given -0.5", "it takes")]
    [InlineData("--wd=-.5", "--wd was given -0.5", "it takes")]
    [InlineData("--wd 1e6", "--wd", "1000000")]
    [InlineData("--epochs 0", "--epochs", "0")]
    [InlineData("--epochs -3", "--epochs", "-3")]
    [InlineData("--epochs 1.5", "--epochs", "1.5")]
    [InlineData("--batch 0", "--batch", "0")]
    [InlineData("--length 0", "--length", "0")]
    [InlineData("--tokens 1", "--tokens", "1")]
    [InlineData("--tokens 900000000", "--tokens", "900000000")]
    [InlineData("--val-tokens 1", "--val-tokens", "1")]
    [InlineData("--accumulate 0", "--accumulate", "0")]
    [InlineData("--dropout 1", "--dropout", "1")]
    [InlineData("--warmup 1.2", "--warmup", "1.2")]
    [InlineData("--decay 0", "--decay", "0")]
    [InlineData("--optimizer sgd", "--optimizer", "adamw, muon")]
    [InlineData("--muon-lr .1", "--muon-lr", "--optimizer muon")]
    [InlineData("--beta1 1", "--beta1", "1")]
    [InlineData("--beta2 -1", "--beta2", "-1")]
    [InlineData("--eps 0", "--eps", "0")]
    [InlineData("--clip 0", "--clip", "0")]
    [InlineData("--schedule steps", "--schedule", "steps")]
    [InlineData("--shuffle never", "--shuffle", "never")]
    [InlineData("--order sentences", "--order", "windows, documents")]
    [InlineData("--precision fp8", "--precision", "fp32, bf16")]
    [InlineData("--precision bf16", "--precision", "sm_80")]
    [InlineData("--threads 0", "--threads", "0")]
    [InlineData("--device tpu", "tpu", "cpu")]
    [InlineData("--model huge", "huge", "mini-s")]
    [InlineData("--tokenizer words", "words", "bytes")]
    [InlineData("--colour red", "--colour", "train")]
    [InlineData("--eval-every -1", "--eval-every", "-1")]
    [InlineData("--checkpoint-every -1", "--checkpoint-every", "-1")]
    [InlineData("--log-every 0", "--log-every", "0")]
    public void A_wrong_value_is_named_with_its_flag(string arguments, string flag, string given)
    {
        using var corpus = new TextCorpus();
        string[] rest = arguments.Split(' ');
        // What the corpus's own run gives is left out where the case gives it.
        string[] train = corpus.Train();
        int given0 = Array.IndexOf(train, rest[0]);
        if (given0 >= 0)
            train = [.. train[..given0], .. train[(given0 + 2)..]];
        AssertOneLine(PretrainCall.Run([.. train, .. rest]), flag, given);
    }

    [Theory]
    [InlineData("--steps 0", "--steps was given 0; it takes a whole number from 1")]
    [InlineData("--steps -4", "--steps was given -4; it takes a whole number from 1")]
    [InlineData("--steps 2.5", "--steps was given '2.5'; it takes a whole number")]
    [InlineData("--steps 9 --epochs 1", "--epochs was given 1 and --steps 9, and both say how long the run is: give one of them.")]
    public void A_wrong_number_of_steps_is_named(string arguments, string expected)
    {
        using var corpus = new TextCorpus();
        AssertOneLine(PretrainCall.Run(["train", "--data", corpus.Source, "--model", "mini-xxs", "--out", corpus.Runs, "--device", "cpu", .. arguments.Split(' ')]), expected);
    }

    [Fact]
    public void A_corpus_that_is_not_there_is_named() =>
        AssertOneLine(PretrainProcess.Run("train", "--data", "no/such/file.txt"), "no/such/file.txt");

    [Fact]
    public void An_empty_corpus_is_refused()
    {
        using var corpus = new TextCorpus();
        AssertOneLine(PretrainCall.Run("train", "--data", corpus.Write("empty.txt", []), "--out", corpus.Runs), "empty.txt");
    }

    [Fact]
    public void A_corpus_smaller_than_a_window_is_refused_with_both_sizes()
    {
        using var corpus = new TextCorpus();
        string small = corpus.Write("small.txt", "Two short lines.\nNo more than that.\n"u8);
        AssertOneLine(PretrainCall.Run("train", "--data", small, "--length", "128", "--batch", "1", "--out", corpus.Runs), "128");
    }

    [Fact]
    public void Invalid_utf8_is_refused_with_its_position()
    {
        using var corpus = new TextCorpus();
        string broken = corpus.Write("broken.txt", [.. "Good text, then "u8, 0xC3, 0x28]);
        AssertOneLine(PretrainCall.Run("train", "--data", broken, "--out", corpus.Runs), "broken.txt", "16");
    }

    [Fact]
    public void Heads_that_do_not_divide_the_width_are_refused()
    {
        using var corpus = new TextCorpus();
        string model = corpus.Write(
            "model.json",
            """{"name":"odd","hidden":64,"mlp":128,"layers":2,"heads":5,"keyValueHeads":5,"vocabulary":257,"context":64}"""u8);
        AssertOneLine(PretrainCall.Run("train", "--data", corpus.Source, "--model", model, "--out", corpus.Runs), "heads", "64", "5");
    }

    [Fact]
    public void A_batch_that_does_not_fit_the_memory_is_refused_before_anything_is_allocated()
    {
        using var corpus = new TextCorpus();
        Outcome ended = PretrainCall.Run(
            "train", "--data", corpus.Source, "--model", "3.2b", "--length", "64", "--batch", "64", "--out", corpus.Runs, "--device", "cpu");
        AssertOneLine(ended, "--batch", "GiB");
    }

    [Fact]
    public void A_resume_with_another_configuration_names_the_field()
    {
        AssertOneLine(
            PretrainCall.Run("train", "--resume", finished.Run, "--out", finished.Corpus.Runs, "--lr", "0.001", "--device", "cpu"), "earning", "0.003", "0.001");
        AssertOneLine(PretrainCall.Run("train", "--resume", finished.Corpus.Source, "--device", "cpu"), "not a run folder");
    }

    [Fact]
    public void A_resume_in_another_order_or_of_another_length_names_both()
    {
        using var corpus = new TextCorpus();
        string run = Path.Combine(corpus.Folder, "run");
        Assert.Equal(0, PretrainCall.Run(corpus.Train(epochs: 2, "--run", run, "--order", "documents")).ExitCode);
        AssertOneLine(
            PretrainCall.Run("train", "--resume", run, "--out", corpus.Runs, "--order", "windows", "--steps", "7", "--device", "cpu"),
            "epochs (2 there, 1 now), order (documents there, windows now), step_limit (none there, 7 now)");
    }

    [Theory]
    [InlineData("--tokens", "0")]
    [InlineData("--temperature", "-1")]
    [InlineData("--temperature", "NaN")]
    [InlineData("--top-k", "-1")]
    [InlineData("--top-p", "0")]
    public void A_wrong_value_for_generate_is_named_with_its_flag(string flag, string given) =>
        AssertOneLine(PretrainCall.Run("generate", finished.Run, "--device", "cpu", flag, given), $"{flag} was given {given}");

    [Fact]
    public void A_resume_whose_dataset_is_gone_says_where_it_was()
    {
        using var corpus = new TextCorpus();
        string run = Path.Combine(corpus.Folder, "run");
        Assert.Equal(0, PretrainCall.Run(corpus.Train(epochs: 1, "--run", run)).ExitCode);
        Directory.Delete(corpus.Runs, recursive: true);
        AssertOneLine(PretrainCall.Run("train", "--resume", run, "--device", "cpu"), corpus.Runs, "--data");
    }

    [Fact]
    public void Cuda_without_a_gpu_or_without_ilgpu_says_what_is_missing()
    {
        if (Kernels.Device.List().Any(device => device.Kind == Kernels.DeviceKind.Cuda))
            Assert.Skip("There is a CUDA device here.");
        using var corpus = new TextCorpus();
        string[] train = [.. corpus.Train().TakeWhile(argument => argument != "--device"), "--out", corpus.Runs, "--device", "cuda"];
        AssertOneLine(PretrainCall.Run(train), "cuda:0", Kernels.IlgpuRuntime.Kind == "standin" ? "ILGPU.Algorithms 1.5.3" : "there is: cpu");
    }

    [Theory]
    [InlineData("trian", "'trian' is not a verb")]
    [InlineData("data", "--out is required")]
    [InlineData("help trian", "'trian' is not a verb")]
    [InlineData("generate", "RUN is required")]
    [InlineData("generate no-such-run --tokens", "--tokens was given no value; it takes a whole number")]
    [InlineData("generate no-such-run another", "'another' was not expected")]
    [InlineData("train --lr", "--lr was given no value; it takes a number")]
    [InlineData("train --out --json --tokens 5", "--out was given no value")]
    [InlineData("train my-run", "'my-run' was not expected")]
    [InlineData("train --recompute -.5", "'-.5' was not expected")]
    [InlineData("continue no-such-run --data other --replay -.1", "--replay was given -0.1")]
    [InlineData("distill --teacher no-such-run --weight -.5", "--weight was given -0.5")]
    [InlineData("tune --data no-such-file --lr-grid -.1,.1", "--lr-grid was given -0.1, 0.1")]
    [InlineData("train --recompute yes", "'yes' was not expected")]
    [InlineData("model mini-s --batch 0", "--batch was given 0")]
    [InlineData("generate no-such-run", "not a run folder")]
    [InlineData("model no-such-model", "no-such-model")]
    public void A_wrong_command_is_named(string arguments, string expected) =>
        AssertOneLine(PretrainCall.Run(arguments.Split(' ')), expected);

    private static void AssertOneLine(Outcome ended, params string[] parts)
    {
        // Words of progress may stand before the line in question, on standard output.
        string line = ended.ErrorLine;
        Assert.Equal(2, ended.ExitCode);
        foreach (string part in parts)
            Assert.Contains(part, line, StringComparison.Ordinal);
    }

    /// <summary>A finished run that no test changes.</summary>
    public sealed class ShortRun : IDisposable
    {
        public ShortRun()
        {
            Run = Path.Combine(Corpus.Folder, "run");
            Outcome ended = PretrainCall.Run(Corpus.Train(epochs: 1, "--run", Run));
            Assert.True(ended.ExitCode == 0, ended.Errors);
        }

        internal TextCorpus Corpus { get; } = new();

        public string Run { get; }

        public void Dispose() => Corpus.Dispose();
    }
}
