using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class CheckpointStoreTests : IDisposable
{
    private const int Length = 64;
    private const string RunId = "0123456789abcdef";

    private readonly TemporaryFolder folder = new();
    private readonly DeviceBuffer<float> buffer = TestRuns.Device.Allocate<float>(Length);
    private readonly List<string> warnings = [];

    private NamedTensor[] Tensors => [new("w", [Length], new Tensor<float>(buffer.View, 1, Length))];

    public static TheoryData<string, Action<string>> Damages() => new()
    {
        { "model cut", path => Truncate(path, Checkpoint.ModelFileName) },
        { "model flipped", path => Flip(path, Checkpoint.ModelFileName, -5) },
        { "model's header flipped", path => Flip(path, Checkpoint.ModelFileName, 20) },
        { "model missing", path => File.Delete(Path.Combine(path, Checkpoint.ModelFileName)) },
        { "optimizer cut", path => Truncate(path, Checkpoint.OptimizerFileName) },
        { "optimizer flipped", path => Flip(path, Checkpoint.OptimizerFileName, -1) },
        { "optimizer missing", path => File.Delete(Path.Combine(path, Checkpoint.OptimizerFileName)) },
        { "state cut", path => Truncate(path, Checkpoint.StateFileName) },
        { "state empty", path => File.WriteAllText(Path.Combine(path, Checkpoint.StateFileName), "") },
        { "state null", path => File.WriteAllText(Path.Combine(path, Checkpoint.StateFileName), "null") },
        { "state's step edited", path => Replace(path, "\"step\": 20", "\"step\": 21") },
        { "state missing", path => File.Delete(Path.Combine(path, Checkpoint.StateFileName)) },
    };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public void A_damaged_checkpoint_is_passed_over_with_a_warning(string damage, Action<string> inflict)
    {
        CheckpointStore store = NewStore();
        Checkpoint before = Save(store, 10);
        Checkpoint newest = Save(store, 20);
        Assert.Equal(20, NewStore().FindNewest(warnings.Add)!.State.Step);
        Assert.Empty(warnings);

        inflict(newest.Folder);
        Checkpoint? found = NewStore().FindNewest(warnings.Add);
        Assert.Equal(before, found);
        string warning = Assert.Single(warnings);
        Assert.True(warning.Contains(newest.Folder, StringComparison.Ordinal) && !warning.Contains('\n', StringComparison.Ordinal), $"{damage}: {warning}");
    }

    [Fact]
    public void A_flipped_bit_of_the_state_is_noticed_or_changes_nothing()
    {
        CheckpointStore store = NewStore();
        Checkpoint saved = Save(store, 10);
        string path = Path.Combine(saved.Folder, Checkpoint.StateFileName);
        byte[] intact = File.ReadAllBytes(path);
        for (int i = 0; i < intact.Length; i++)
        {
            byte[] flipped = [.. intact];
            flipped[i] ^= (byte)(1 << (i % 7));
            File.WriteAllBytes(path, flipped);
            Checkpoint? found = NewStore().FindNewest();
            Assert.True(found is null || found == saved, $"byte {i}: {found}");
        }
    }

    [Fact]
    public void The_last_two_are_kept()
    {
        CheckpointStore store = NewStore();
        for (int step = 1; step <= 5; step++)
            Save(store, step);
        Assert.Equal(["step-0000000004", "step-0000000005"], FolderNames());
    }

    [Fact]
    public void A_damaged_one_never_takes_the_place_of_an_intact_one()
    {
        CheckpointStore store = NewStore();
        Save(store, 10);
        Truncate(Save(store, 20).Folder, Checkpoint.ModelFileName);
        CheckpointStore resumed = NewStore();
        Assert.Equal(10, resumed.FindNewest()!.State.Step);
        Save(resumed, 15);
        Assert.Equal(["step-0000000010", "step-0000000015"], FolderNames());
    }

    [Fact]
    public void A_damaged_one_of_the_same_step_is_replaced()
    {
        CheckpointStore store = NewStore();
        Save(store, 10);
        Truncate(Save(store, 20).Folder, Checkpoint.ModelFileName);
        CheckpointStore resumed = NewStore();
        resumed.FindNewest();
        Save(resumed, 20);
        Assert.Equal(20, NewStore().FindNewest(warnings.Add)!.State.Step);
        Assert.Empty(warnings);
    }

    [Fact]
    public void One_that_was_not_finished_is_not_found_and_is_deleted()
    {
        Save(NewStore(), 10);
        Directory.CreateDirectory(folder["writing-step-0000000020"]);
        File.WriteAllText(folder["writing-step-0000000020", Checkpoint.ModelFileName], "half");
        CheckpointStore store = NewStore();
        Assert.Equal(10, store.FindNewest(warnings.Add)!.State.Step);
        store.DeleteUnfinished();
        Assert.Equal(["step-0000000010"], FolderNames());
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_one_before_and_says_so()
    {
        CheckpointStore store = NewStore();
        Checkpoint intact = Save(store, 10);
        File.WriteAllText(folder["writing-step-0000000020"], "a file where the folder should be");
        string message = Assert.Throws<IOException>(() => Save(store, 20)).Message;
        Assert.Contains("checkpoint of step 20 could not be written", message, StringComparison.Ordinal);
        Assert.Contains($"'{intact.Folder}' is intact", message, StringComparison.Ordinal);
        Assert.Equal(10, NewStore().FindNewest()!.State.Step);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_not_saved()
    {
        CheckpointStore store = NewStore();
        Save(store, 10);
        var values = new float[Length];
        values[40] = float.NaN;
        Tensors[0].Values.CopyFrom(values);
        Assert.Throws<NotFiniteNumberException>(() => Save(store, 20));
        Assert.Equal(["step-0000000010"], FolderNames());
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused()
    {
        Save(NewStore(), 10);
        string message = Assert.Throws<InputException>(() => new CheckpointStore(folder.Path, "another").FindNewest(warnings.Add)).Message;
        Assert.Contains("belongs to run 0123456789abcdef, not to another", message, StringComparison.Ordinal);
        Assert.Empty(warnings);
    }

    public void Dispose()
    {
        buffer.Dispose();
        folder.Dispose();
    }

    private static void Truncate(string path, string file)
    {
        using FileStream stream = File.OpenWrite(Path.Combine(path, file));
        stream.SetLength(stream.Length - 3);
    }

    private static void Flip(string path, string file, int position)
    {
        string full = Path.Combine(path, file);
        byte[] bytes = File.ReadAllBytes(full);
        bytes[position < 0 ? bytes.Length + position : position] ^= 1;
        File.WriteAllBytes(full, bytes);
    }

    private static void Replace(string path, string old, string changed)
    {
        string full = Path.Combine(path, Checkpoint.StateFileName);
        string text = File.ReadAllText(full);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(full, text.Replace(old, changed, StringComparison.Ordinal));
    }

    private CheckpointStore NewStore() => new(folder.Path, RunId);

    private Checkpoint Save(CheckpointStore store, long step)
    {
        var state = new TrainingState
        {
            RunId = RunId,
            Step = step,
            Seconds = 1.5,
            SinceLastLine = new LossSum(2.25, 1),
            OfEpoch = new LossSum(1 / 3.0, 7),
            StepsBeyondBound = 2,
        };
        return store.Save(state, Tensors, Tensors);
    }

    private IEnumerable<string?> FolderNames() => Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
