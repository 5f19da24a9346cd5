using System.Globalization;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Teachers, baseline and student side by side, and the share of the gain that the student kept.</summary>
internal static class DistillationReport
{
    public static void Write(TextWriter words, string folder, DistillationRecord record, EnsembleScores scores)
    {
        var table = new TextTable(("", false), ("run", false), ("val loss", true), ("bits/byte", true));
        string together = record.Teachers.Count == 1 ? "teacher" : $"{record.Teachers.Count} teachers, {(record.Kind == TeacherKind.Mix ? "a mix; by logits" : $"by {record.Kind.ToString().ToLowerInvariant()}")}";
        Add(together, record.Teachers.Count == 1 ? record.Teachers[0].RunId : "", record.TeacherLoss);
        Add("baseline", record.Baseline.RunId, record.Baseline.ValLoss);
        Add("student", record.Student.RunId, record.Student.ValLoss);
        words.WriteLine("Validation losses in nats a token:");
        table.Write(words);
        words.WriteLine(record.ShareKept is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"The student kept {share:0.0%} of the gain; {folder}")
            : string.Create(CultureInfo.InvariantCulture, $"The teacher is no better than the baseline, so there is no gain to keep a share of; the student is {record.Baseline.ValLoss - record.Student.ValLoss:0.0000} below the baseline; {folder}"));

        void Add(string what, string run, double loss) => table.Add(what, run, Number(loss), Number(scores.BitsPerByte(loss)));
    }

    public static void Print(string folder, DistillationRecord record, EnsembleScores scores, RunResult student, TokenDataset? synthetic) =>
        JsonOutput.Print(new
        {
            folder,
            record.Method,
            teacher = new
            {
                record.Kind,
                val_loss = record.TeacherLoss,
                bits_per_byte = scores.BitsPerByte(record.TeacherLoss),
                members = record.Teachers.Select(Run),
            },
            baseline = Run(record.Baseline),
            student = Run(record.Student),
            student.Steps,
            record.Weight,
            synthetic = synthetic is null ? null : new
            {
                id = record.SyntheticId,
                synthetic.Folder,
                synthetic.Hash,
                Tokens = record.SyntheticTokens,
                tokens_per_second = SyntheticCorpus.ReadSource(synthetic.Folder)!.TokensPerSecond,
            },
            record.ShareKept,
            record.ValidationTokens,
            ilgpu = IlgpuRuntime.Kind,
        });

    private static object Run(DistillationRun run) => new { run = run.RunId, run.Folder, run.ValLoss };

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
