namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Files of a run that were changed by hand: one line that says which, exit code 2, and nothing is overwritten.</summary>
[Collection(nameof(StoppedRun))]
public sealed class EditedRunTests(StoppedRun runs)
{
    private const string LearningRate = "\"learning_rate\": 0.003";
    private const string AnotherLearningRate = "\"learning_rate\": 0.002";

    [Fact]
    public void A_changed_configuration_does_not_take_the_checkpoints_of_the_one_before()
    {
        string run = runs.Copy("config");
        Edit(run, "config.json", LearningRate, AnotherLearningRate);
        string[] before = Contents(run);
        AssertRefused(PretrainCall.Run("train", "--resume", run, "--device", "cpu"), $"belongs to run {runs.Config.Id}, not to", "config.json was changed");
        AssertRefused(PretrainCall.Run(runs.Train("--run", run)), "learning_rate (0.002 there, 0.003 now)");
        AssertRefused(PretrainCall.Run("generate", run, "--device", "cpu"), $"belongs to run {runs.Config.Id}, not to");
        Assert.Contains("damaged", PretrainCall.Run("runs", run).Output, StringComparison.Ordinal);
        Assert.Equal(before, Contents(run));

        Edit(run, "config.json", AnotherLearningRate, LearningRate);
        runs.FinishToTheSameBits(run);
    }

    [Fact]
    public void A_changed_configuration_no_longer_has_the_name_of_its_folder()
    {
        string run = runs.Copy(runs.Config.Id);
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);
        Edit(run, "config.json", LearningRate, AnotherLearningRate);
        AssertRefused(PretrainCall.Run("train", "--resume", run, "--device", "cpu"), $"is named as run {runs.Config.Id}, and its config.json is that of run");
        Directory.Delete(run, recursive: true);
    }

    [Fact]
    public void A_changed_result_is_refused()
    {
        string run = runs.Copy("result");
        foreach (string file in new[] { "result.json", "config.json" })
            File.Copy(Path.Combine(runs.Undisturbed, file), Path.Combine(run, file), overwrite: true);
        Edit(run, "result.json", "\"val_loss\": ", "\"val_loss\": 1");
        AssertRefused(PretrainCall.Run(runs.Resuming(run)), "result.json' was edited or is damaged (its checksum does not match its content): delete it, and the run works it out again.");
        string listed = PretrainCall.Run("runs", run).Output;
        Assert.Contains("result.json' was edited or is damaged", listed, StringComparison.Ordinal);

        File.Delete(Path.Combine(run, "result.json"));
        runs.FinishToTheSameBits(run);
        Edit(run, "config.json", LearningRate, AnotherLearningRate);
        AssertRefused(PretrainCall.Run("train", "--resume", run, "--device", "cpu"), $"holds the result of run {runs.Config.Id}, not that of", "config.json or result.json was changed");
    }

    [Theory]
    [InlineData("\"batch\": 2", "\"batch\": 0", "--batch was given 0")]
    [InlineData("\"batch\": 2", "\"batch\": two", "config.json' is damaged")]
    [InlineData("\"batch\": 2", "\"batches\": 2", "config.json' is damaged")]
    public void A_configuration_that_is_none_any_more_is_refused(string field, string edited, string expected)
    {
        string run = runs.Copy($"none-{edited.Length}-{edited[^1]}");
        Edit(run, "config.json", field, edited);
        AssertRefused(PretrainCall.Run("train", "--resume", run, "--device", "cpu"), expected);
        Outcome listed = PretrainCall.Run("runs", run);
        Assert.Equal(0, listed.ExitCode);
        Assert.Contains(expected, listed.Output, StringComparison.Ordinal);
    }

    private static void Edit(string run, string file, string old, string changed)
    {
        string path = Path.Combine(run, file);
        string text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, changed, StringComparison.Ordinal));
    }

    private static string[] Contents(string run) =>
    [
        .. Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"),
    ];

    private static void AssertRefused(Outcome ended, params string[] parts)
    {
        Assert.Equal(2, ended.ExitCode);
        foreach (string part in parts)
            Assert.Contains(part, ended.ErrorLine, StringComparison.Ordinal);
    }
}
