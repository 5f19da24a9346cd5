using Ilgpu.Pretrain.Bench;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The verdict of 'bench ceilings', and the file of floors that it reads.</summary>
public sealed class SpeedFloorsTests
{
    private static readonly Dictionary<string, double> Floors = new() { ["matmul"] = .7, ["encode"] = .002 };

    [Fact]
    public void A_ratio_at_its_floor_is_held_and_one_below_it_is_named()
    {
        Assert.Empty(SpeedFloors.Missed(Floors, new Dictionary<string, double> { ["matmul"] = .7, ["encode"] = .003 }));
        Assert.Equal(["encode"], SpeedFloors.Missed(Floors, new Dictionary<string, double> { ["matmul"] = .9, ["encode"] = .0019 }));
    }

    [Fact]
    public void A_ratio_that_was_not_measured_or_is_no_number_is_below()
    {
        Assert.Equal(["matmul", "encode"], SpeedFloors.Missed(Floors, new Dictionary<string, double> { ["encode"] = double.NaN }));
    }

    [Fact]
    public void Another_kind_of_machine_has_no_floors()
    {
        SpeedFloors floors = SpeedFloors.Read(Find("bench", "floors.json"));
        Assert.NotEmpty(floors.Processors);
        Assert.Null(floors.Of("some instructions", "package"));
        Assert.Null(floors.Of(floors.Processors.First().Key, "another ILGPU"));
    }

    /// <summary>A floor is lowered only with an entry in the log.</summary>
    [Fact]
    public void The_log_has_the_entries_that_the_floors_name()
    {
        SpeedFloors floors = SpeedFloors.Read(Find("bench", "floors.json"));
        string[] lines = File.ReadAllLines(Find("docs", "LOG.md"));
        Assert.All(floors.Log.Split("; "), heading => Assert.Contains($"## {heading}", lines));
    }

    private static string Find(string folder, string file)
    {
        string? repository = GpuLedger.FindRepository(AppContext.BaseDirectory);
        Assert.SkipWhen(repository is null, "the tests were copied away from their repository, and its floors with it");
        return Path.Combine(repository!, folder, file);
    }
}
