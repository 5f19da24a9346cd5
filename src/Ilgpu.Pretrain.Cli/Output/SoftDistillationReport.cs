using System.Globalization;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Teachers, baseline and each generation of students by soft labels, and the share of the gain that each kept.</summary>
internal static class SoftDistillationReport
{
    /// <param name="words">For people.</param>
    /// <param name="students">Each generation's folder and record.</param>
    /// <param name="scores">Of the first one's teachers.</param>
    public static void Write(TextWriter words, IReadOnlyList<(string Folder, DistillationRecord Record)> students, EnsembleScores scores)
    {
        DistillationRecord first = students[0].Record;
        var table = new TextTable(("", false), ("run", false), ("val loss", true), ("bits/byte", true), ("gain kept", true));
        bool alone = first.Teachers.Count == 1;
        Add(alone ? "teacher" : $"{first.Teachers.Count} teachers by {first.Kind.ToString().ToLowerInvariant()}", alone ? first.Teachers[0].RunId : "", first.TeacherLoss, "");
        Add("baseline", first.Baseline.RunId, first.Baseline.ValLoss, "");
        foreach ((_, DistillationRecord record) in students)
        {
            Add(
                students.Count == 1 ? "student" : $"student {record.Generation}",
                record.Student.RunId,
                record.Student.ValLoss,
                record.ShareKept?.ToString("0.0%", CultureInfo.InvariantCulture) ?? "none");
        }

        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Validation losses in nats a token; soft labels with alpha {first.Alpha}, temperature {first.Temperature}:"));
        table.Write(words);
        if (first.ShareKept is null)
            words.WriteLine("The teacher is no better than the baseline, so there is no gain to keep a share of: --baseline names the run to count it from.");
        words.WriteLine(students[^1].Folder);

        void Add(string what, string run, double loss, string share) => table.Add(what, run, Number(loss), Number(scores.BitsPerByte(loss)), share);
    }

    public static void Print(IReadOnlyList<(string Folder, DistillationRecord Record)> students, EnsembleScores scores)
    {
        DistillationRecord first = students[0].Record;
        JsonOutput.Print(new
        {
            first.Method,
            first.Alpha,
            first.Temperature,
            teacher = new
            {
                first.Kind,
                val_loss = first.TeacherLoss,
                bits_per_byte = scores.BitsPerByte(first.TeacherLoss),
                members = first.Teachers.Select(Run),
            },
            baseline = Run(first.Baseline),
            students = students.Select(student => new
            {
                student.Record.Generation,
                run = student.Record.Student.RunId,
                student.Record.Student.Folder,
                student.Record.Student.ValLoss,
                bits_per_byte = scores.BitsPerByte(student.Record.Student.ValLoss),
                student.Record.ShareKept,
                distillation = student.Folder,
            }),
            first.ValidationTokens,
            ilgpu = IlgpuRuntime.Kind,
        });
    }

    private static object Run(DistillationRun run) => new { run = run.RunId, run.Folder, run.ValLoss };

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
