using Ilgpu.Pretrain.Distillation;

namespace Ilgpu.Pretrain.Tests.Distillation;

public sealed class DistillationFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>3.3635 is the published student of eight teachers at 3.32, beside a single model of 3.57.</summary>
    [Theory]
    [InlineData(3.32, 3.57, 3.57, 0.0)]
    [InlineData(3.32, 3.57, 3.32, 1.0)]
    [InlineData(3.32, 3.57, 3.3635, .826)]
    [InlineData(3, 4, 2.5, 1.5)]
    [InlineData(3, 4, 4.25, -.25)]
    public void The_share_kept_counts_from_the_baseline_to_the_teacher(double teacher, double baseline, double student, double share) =>
        Assert.Equal(share, new DistillationGain(teacher, baseline, student).ShareKept!.Value, 1e-9);

    [Theory]
    [InlineData(3.5, 3.5)]
    [InlineData(3.6, 3.5)]
    [InlineData(double.NaN, 3.5)]
    public void Where_the_teacher_gains_nothing_there_is_no_share(double teacher, double baseline) =>
        Assert.Null(new DistillationGain(teacher, baseline, 3.4).ShareKept);

    [Fact]
    public void What_was_written_is_read_with_folders_as_seen_from_it()
    {
        DistillationRecord record = Record();
        string written = DistillationFolder.Write(folder["distillations"], record);
        Assert.Equal(Path.Combine(folder["distillations"], record.Id()), written);
        Assert.True(DistillationFolder.IsAt(written));
        DistillationRecord read = DistillationFolder.Read(written);
        Assert.Equal(record.Id(), read.Id());
        Assert.Equal("../../student", read.Student.Folder);
        Assert.Equal(["../../a", "../../b"], read.Teachers.Select(teacher => teacher.Folder));
        Assert.Equal("../../corpus", read.SyntheticFolder);
        Assert.Equal((.5, 3.0, .25), (read.ShareKept, read.TeacherLoss, read.Weight));
        Assert.NotEqual(record.Id(), (record with { Kind = TeacherKind.Mix }).Id());
        Assert.NotEqual(record.Id(), (record with { Student = record.Student with { RunId = "other" } }).Id());
    }

    [Fact]
    public void One_without_a_gain_is_read_as_well()
    {
        string written = DistillationFolder.Write(folder["distillations"], Record() with { ShareKept = null });
        Assert.Null(DistillationFolder.Read(written).ShareKept);
    }

    [Fact]
    public void What_was_edited_or_is_no_distillation_is_named()
    {
        string path = Path.Combine(DistillationFolder.Write(folder["distillations"], Record()), "distillation.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("0.5", "0.9", StringComparison.Ordinal));
        Assert.StartsWith($"'{path}' was edited or is damaged", Assert.Throws<InputException>(() => DistillationFolder.Read(Path.GetDirectoryName(path)!)).Message, StringComparison.Ordinal);
        Assert.Contains("is not a distillation's folder", Assert.Throws<InputException>(() => DistillationFolder.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    private DistillationRecord Record() => new()
    {
        Method = DistillationMethod.Synthetic,
        Kind = TeacherKind.Logits,
        Teachers = [new DistillationRun("a", folder["a"], 3.6), new DistillationRun("b", folder["b"], 3.7)],
        Student = new DistillationRun("s", folder["student"], 3.5),
        Baseline = new DistillationRun("c", folder["c"], 4),
        Weight = .25,
        SyntheticId = "c",
        SyntheticFolder = folder["corpus"],
        SyntheticTokens = 100,
        TeacherLoss = 3,
        ShareKept = new DistillationGain(3, 4, 3.5).ShareKept,
        ValidationTokens = 50,
    };
}
