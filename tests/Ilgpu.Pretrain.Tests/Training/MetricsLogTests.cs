using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string LogPath => folder["metrics.jsonl"];

    [Fact]
    public void A_line_reads_back_as_it_was_written()
    {
        MetricsLine step = Step(7);
        MetricsLine evaluation = new() { Kind = MetricsKind.Evaluation, Step = 7, Epoch = .7, Tokens = 70, ValLoss = 1 / 3.0, BitsPerByte = 1e-17, Seconds = 2 };
        Write(step, evaluation);
        Assert.Equal([step, evaluation], MetricsLog.Read(LogPath));
        Assert.Equal(
            """{"kind":"evaluation","step":7,"epoch":0.7,"tokens":70,"val_loss":0.3333333333333333,"bits_per_byte":1E-17,"seconds":2}""",
            File.ReadLines(LogPath).Last());
    }

    [Fact]
    public void Lines_beyond_the_step_and_half_lines_are_dropped()
    {
        Write(Step(1), Step(2), Step(3));
        File.AppendAllText(LogPath, """{"kind":"step","st""");
        using (MetricsLog log = MetricsLog.Open(LogPath, 2))
        {
            Assert.Equal([1, 2], log.Kept.Select(line => line.Step));
            log.Write(Step(9));
        }

        Assert.Equal([1, 2, 9], MetricsLog.Read(LogPath).Select(line => line.Step));
        Assert.Equal(["metrics.jsonl"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_damaged_line_is_told_and_costs_no_other()
    {
        Write(Step(1), Step(2), Step(3));
        string[] lines = File.ReadAllLines(LogPath);
        File.WriteAllText(LogPath, $"{lines[0]}\n{lines[1][..9]}#{lines[1][10..]}\n{lines[2]}\n{{\"kind\":");
        var warnings = new List<string>();
        using (MetricsLog log = MetricsLog.Open(LogPath, 3, warnings.Add))
            Assert.Equal([1, 3], log.Kept.Select(line => line.Step));
        Assert.Equal($"Line 2 of '{LogPath}' is damaged and left out.", Assert.Single(warnings));
    }

    public void Dispose() => folder.Dispose();

    private static MetricsLine Step(long step) => new()
    {
        Kind = MetricsKind.Step,
        Step = step,
        Epoch = step / 10.0,
        Tokens = step * 10,
        Loss = Math.PI / step,
        LearningRate = 1e-3,
        GradientNorm = .1f,
        TokensPerSecond = 12345.678,
    };

    private void Write(params MetricsLine[] lines)
    {
        using MetricsLog log = MetricsLog.Open(LogPath, long.MaxValue);
        foreach (MetricsLine line in lines)
            log.Write(line);
    }
}
