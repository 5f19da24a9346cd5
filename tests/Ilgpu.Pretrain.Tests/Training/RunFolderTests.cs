using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class RunFolderTests : IDisposable
{
    private static readonly TrainingConfig Config = new()
    {
        Model = TestRuns.Model,
        DatasetHash = "d1a2",
        Tokens = 521,
        Batch = 4,
        Length = 16,
    };

    private static readonly RunResult Result = new()
    {
        RunId = Config.Id,
        ValLoss = 3.25,
        BitsPerByte = 1.5,
        BestValLoss = 3.125,
        BestStep = 7,
        TrainLoss = 3,
        Steps = 8,
        Tokens = 512,
        ValTokens = 99,
        Parameters = 10,
        TrainingFlops = 1e9,
        Seconds = 2,
    };

    private readonly TemporaryFolder root = new();

    private string RunPath => root["run"];

    [Fact]
    public void Another_configuration_is_refused_by_its_fields()
    {
        RunFolder.Open(RunPath, Config).Dispose();
        TrainingConfig other = Config with { LearningRate = .001, Model = Config.Model with { Hidden = 32 } };
        string message = Assert.Throws<InputException>(() => RunFolder.Open(RunPath, other)).Message;
        Assert.Contains("learning_rate (0.003 there, 0.001 now), model.hidden (16 there, 32 now)", message, StringComparison.Ordinal);
        Assert.DoesNotContain("tokens", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_that_the_file_leaves_out_is_told_by_what_it_stands_for()
    {
        RunFolder.Open(RunPath, Config).Dispose();
        TrainingConfig other = Config with { Order = ShuffleUnit.Documents, ValidationTokens = 5 };
        string message = Assert.Throws<InputException>(() => RunFolder.Open(RunPath, other)).Message;
        Assert.Contains("order (windows there, documents now), validation_tokens (none there, 5 now)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_name_of_the_same_model_is_the_same_run()
    {
        RunFolder.Open(RunPath, Config).Dispose();
        RunFolder.Open(RunPath, Config with { Model = Config.Model with { Name = "renamed" } }).Dispose();
        Assert.Equal(Config, RunFolder.ReadConfig(RunPath));
    }

    [Fact]
    public void There_is_one_writer()
    {
        using (RunFolder.Open(RunPath, Config))
        {
            string message = Assert.Throws<RunBusyException>(() => RunFolder.Open(RunPath, Config)).Message;
            Assert.Contains($"is being written by process {Environment.ProcessId} on {Environment.MachineName}", message, StringComparison.Ordinal);
        }

        RunFolder.Open(RunPath, Config).Dispose();
    }

    [Fact]
    public void A_process_that_was_killed_leaves_no_lock()
    {
        RunFolder.Open(RunPath, Config).Dispose();
        File.WriteAllText(Path.Combine(RunPath, "run.lock"), "");
        File.WriteAllText(Path.Combine(RunPath, "run.lock.holder"), "process 1 on gone");
        RunFolder.Open(RunPath, Config).Dispose();
    }

    [Fact]
    public void A_start_that_was_killed_is_started_again()
    {
        Directory.CreateDirectory(RunPath);
        File.WriteAllText(Path.Combine(RunPath, "run.lock"), "");
        File.WriteAllText(Path.Combine(RunPath, "config.json.writing"), "{");
        RunFolder.Open(RunPath, Config).Dispose();
        Assert.Equal(Config, RunFolder.ReadConfig(RunPath));
    }

    [Fact]
    public void A_folder_of_other_things_is_refused()
    {
        Directory.CreateDirectory(RunPath);
        string letter = Path.Combine(RunPath, "letter.txt");
        File.WriteAllText(letter, "x");
        Assert.Contains("holds other things", Assert.Throws<InputException>(() => RunFolder.Open(RunPath, Config)).Message, StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Throws<InputException>(() => RunFolder.Open(letter, Config)).Message, StringComparison.Ordinal);
        Assert.Equal(["letter.txt"], Directory.GetFileSystemEntries(RunPath).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        string file = root["file"];
        File.WriteAllText(file, "x");
        string message = Assert.Throws<InputException>(() => RunFolder.Open(Path.Combine(file, "run"), Config)).Message;
        Assert.Contains("cannot be written", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_config_is_refused_by_name()
    {
        RunFolder.Open(RunPath, Config).Dispose();
        File.WriteAllText(Path.Combine(RunPath, "config.json"), """{"tokens": 5}""");
        string message = Assert.Throws<InputException>(() => RunFolder.Open(RunPath, Config)).Message;
        Assert.Contains("config.json' is damaged", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_was_edited_is_refused()
    {
        Assert.Throws<InputException>(() => RunFolder.ReadConfig(RunPath));
        using RunFolder folder = RunFolder.Open(RunPath, Config);
        Assert.Null(RunFolder.ReadResult(RunPath));
        folder.WriteResult(Result);
        Assert.Equal(Result, RunFolder.ReadResult(RunPath));
        Assert.Equal(Result, RunFolder.FindResult(RunPath, Config));
        string path = Path.Combine(RunPath, "result.json");
        string text = File.ReadAllText(path);
        File.WriteAllText(path, text.Replace("3.25", "2.25", StringComparison.Ordinal));
        Assert.Contains("was edited or is damaged", Assert.Throws<InputException>(() => RunFolder.ReadResult(RunPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_of_another_run_is_refused()
    {
        using RunFolder folder = RunFolder.Open(RunPath, Config);
        folder.WriteResult(Result with { RunId = "another" });
        string message = Assert.Throws<InputException>(() => RunFolder.FindResult(RunPath, Config)).Message;
        Assert.Contains($"holds the result of run another, not that of {Config.Id}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_the_name_of_another_run_is_refused()
    {
        TrainingConfig other = Config with { DataSeed = 9 };
        string message = Assert.Throws<InputException>(() => RunFolder.Open(root[other.Id], Config)).Message;
        Assert.Contains($"is named as run {other.Id}, and what is asked for is run {Config.Id}", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(root.Path));
    }

    [Fact]
    public void A_store_finds_the_runs_it_holds()
    {
        var store = new RunStore(root.Path);
        Assert.Empty(store.List());
        RunFolder.Open(store.PathOf(Config), Config).Dispose();
        Assert.Equal([root[Config.Id]], store.List());
    }

    public void Dispose() => root.Dispose();
}
