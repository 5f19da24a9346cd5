using System.Text;
using Ilgpu.Pretrain.Reporting;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Event files, read by a reader of its own.</summary>
public sealed class TensorBoardTests : IDisposable
{
    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    /// <summary>RFC 3720, B.4, and the check value of the catalogue of parametrised CRCs.</summary>
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aa)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43)]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46dd794e)]
    [InlineData("1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 0x113fdb5c)]
    [InlineData("01c00000000000000000000000000000140000000000040000000014000000182800000000000000" + "0200000000000000", 0xd9963a56)]
    [InlineData("313233343536373839", 0xe3069283)]
    public void The_checksum_is_the_published_one(string bytes, uint expected) =>
        Assert.Equal(expected, TfRecord.Crc32C(Convert.FromHexString(bytes)));

    /// <summary>
    /// The first record of an event file as TensorFlow writes it: the length of 24 and its masked checksum are the bytes that
    /// every such file begins with.
    /// </summary>
    [Fact]
    public void A_file_begins_as_those_of_tensorflow_do()
    {
        using var file = new MemoryStream();
        TfRecord.Write(file, EventMessage.FileVersion(1.5e9));
        string expected = "1800000000000000" + "a37f4b22" + "09000000c00b5ad641" + "1a0d" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes("brain.Event:2"));
        Assert.Equal(expected, Convert.ToHexStringLower(file.ToArray()[..^4]));
    }

    [Fact]
    public void Each_run_has_a_folder_with_its_metrics_and_is_replaced_when_it_is_written_again()
    {
        runs.Run("one");
        runs.RunUntil(6, "two", runs.Config with { LearningRate = .02 });
        RunSummary[] both = [RunSummary.Read(runs.Path("one")), RunSummary.Read(runs.Path("two"))];
        string folder = runs.Path("events");
        long scalars = TensorBoardExport.Write(folder, both);
        Assert.Equal(scalars, TensorBoardExport.Write(folder, both));

        long found = 0;
        foreach (RunSummary run in both)
        {
            string file = Assert.Single(Directory.GetFiles(Path.Combine(folder, run.Name)));
            Assert.StartsWith("events.out.tfevents.", Path.GetFileName(file), StringComparison.Ordinal);
            EventReader.Event[] events = [.. EventReader.Read(File.ReadAllBytes(file))];
            Assert.Equal("brain.Event:2", events[0].FileVersion);
            Assert.True(events.Zip(events.Skip(1)).All(pair => pair.First.WallTime <= pair.Second.WallTime));
            Assert.InRange(events[1].WallTime, DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds());
            MetricsLine[] lines = [.. RunFolder.ReadMetrics(run.Folder)];
            Assert.Equal(lines.Where(line => line.Loss is not null).Select(line => (line.Step, (float)line.Loss!.Value)), Values(events, "loss/train"));
            Assert.Equal(lines.Where(line => line.ValLoss is not null).Select(line => (line.Step, (float)line.ValLoss!.Value)), Values(events, "loss/validation"));
            Assert.Equal(lines.Where(line => line.LearningRate is not null).Select(line => (line.Step, (float)line.LearningRate!.Value)), Values(events, "optimizer/learning_rate"));
            Assert.Equal(lines.Count(line => line.GradientNorm is not null), Values(events, "optimizer/gradient_norm").Count());
            found += events.Sum(each => each.Values.Count);
        }

        Assert.Equal(scalars, found);
    }

    [Fact]
    public void Two_runs_of_one_name_are_refused()
    {
        runs.Run("a/same");
        runs.Run("b/same");
        InputException refused = Assert.Throws<InputException>(() => TensorBoardExport.Write(runs.Path("events"), [RunSummary.Read(runs.Path("a/same")), RunSummary.Read(runs.Path("b/same"))]));
        Assert.Contains("2 runs named 'same'", refused.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(long Step, float Value)> Values(EventReader.Event[] events, string tag) =>
        events.SelectMany(each => each.Values.Where(value => value.Tag == tag).Select(value => (each.Step, value.Value)));
}
