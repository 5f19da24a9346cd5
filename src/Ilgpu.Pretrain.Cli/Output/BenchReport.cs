using System.Globalization;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>What 'pretrain bench' measured, for people or as JSON.</summary>
internal sealed class BenchReport(
    LlamaConfig model,
    int batch,
    int length,
    ComputePrecision precision,
    OptimizerKind optimizer,
    Device device,
    BenchPeaks peaks,
    StepMeasurement? step,
    IReadOnlyList<OpMeasurement> ops)
{
    public void PrintJson() => JsonOutput.Print(new
    {
        model = model.Name,
        parameters = model.ParameterCount,
        vocabulary = model.Vocabulary,
        batch,
        context = length,
        precision,
        optimizer = optimizer.ToString().ToLowerInvariant(),
        device = device.Description.Specification,
        device_name = device.Description.Name,
        threads = device.Threads,
        vector_instructions = Processor.VectorInstructions,
        ilgpu = IlgpuRuntime.Kind,
        fma_peak_flops = peaks.FmaFlopsPerSecond,
        copy_bytes_per_second = peaks.CopyBytesPerSecond,
        repeats = step?.Repeats,
        seconds_per_step = step?.Seconds,
        tokens_per_second = step?.TokensPerSecond,
        model_flops_per_second = step?.FlopsPerSecond,
        fraction_of_peak = step?.FlopsPerSecond / peaks.FmaFlopsPerSecond,
        allocated_bytes_per_step = step?.OwnAllocatedBytes,
        managed_bytes_per_step = step?.AllocatedBytes,
        launches_per_step = step?.Launches,
        allocated_bytes_per_launch = PerLaunch(step),
        peak_rss_bytes = step?.PeakResidentBytes,
        planned_bytes = step?.PlannedBytes,
        memory_over_plan = OverPlan(step),
        time_by_op = step?.ByOp.Select(op => new { op.Op, launches = op.Launches / step.Repeats, seconds = op.Seconds / step.Repeats, share = op.Seconds / step.Repeats / step.Seconds }),
        ops = ops.Select(op => new
        {
            op.Op,
            call = op.Name,
            op.Seconds,
            flops_per_second = Counted(op.FlopsPerSecond),
            fraction_of_peak = Counted(op.FlopsPerSecond) / peaks.FmaFlopsPerSecond,
            op.BytesPerSecond,
            fraction_of_copy = op.BytesPerSecond / peaks.CopyBytesPerSecond,
        }),
    });

    public void Write(TextWriter words)
    {
        words.WriteLine($"{device.Description.Name}, {Processor.VectorInstructions}, {device.Threads} threads; {IlgpuRuntime.Description}");
        if (peaks is { FmaFlopsPerSecond: { } flops, CopyBytesPerSecond: { } bytes })
            words.WriteLine($"FMA peak {Units.FlopsPerSecond(flops)}, copies {Rate(bytes)}, measured now");
        words.WriteLine($"{model.Name}, {model.ParameterCount:N0} parameters, vocabulary {model.Vocabulary}, {batch} x {length} tokens, {precision.ToString().ToLowerInvariant()}, {optimizer.ToString().ToLowerInvariant()}");
        words.WriteLine();
        if (step is not null)
            WriteStep(words, step);
        if (ops.Count > 0)
            WriteOps(words);
    }

    private void WriteStep(TextWriter words, StepMeasurement measured)
    {
        words.WriteLine($"a step: {Milliseconds(measured.Seconds)} ms (median of {measured.Repeats}), {measured.TokensPerSecond.ToString("N0", CultureInfo.InvariantCulture)} tokens/s, {Units.FlopsPerSecond(measured.FlopsPerSecond)}{OfPeak(measured)}");
        words.WriteLine($"allocated in it: {measured.OwnAllocatedBytes:N0} bytes by our code, {measured.LaunchBytes:N0} by ILGPU in {measured.Launches:N0} launches");
        words.WriteLine($"memory: {Units.Bytes(measured.PlannedBytes)} planned, {Units.Bytes(measured.PeakResidentBytes)} resident at most, the runtime's own included");
        words.WriteLine();
        var table = new TextTable(("where the time goes", false), ("launches", true), ("ms", true), ("share", true));
        foreach (LaunchTotals op in measured.ByOp)
            table.Add(op.Op, $"{op.Launches / measured.Repeats}", Milliseconds(op.Seconds / measured.Repeats), Share(op.Seconds / measured.Repeats / measured.Seconds));
        double elsewhere = measured.Seconds - (measured.ByOp.Sum(op => op.Seconds) / measured.Repeats);
        table.Add("between launches", "", Milliseconds(Math.Max(0, elsewhere)), Share(Math.Max(0, elsewhere) / measured.Seconds));
        table.Write(words);
        words.WriteLine();
    }

    private void WriteOps(TextWriter words)
    {
        var table = new TextTable(("op", false), ("call", false), ("ms", true), ("FLOP/s", true), ("of peak", true), ("bytes/s", true), ("of copies", true));
        foreach (OpMeasurement op in ops)
        {
            table.Add(
                op.Op,
                op.Name,
                Milliseconds(op.Seconds),
                Counted(op.FlopsPerSecond) is { } flops ? Units.FlopsPerSecond(flops) : "",
                Share(Counted(op.FlopsPerSecond) / peaks.FmaFlopsPerSecond),
                Rate(op.BytesPerSecond),
                Share(op.BytesPerSecond / peaks.CopyBytesPerSecond));
        }

        table.Write(words);
    }

    private string OfPeak(StepMeasurement measured) =>
        peaks.FmaFlopsPerSecond is { } peak ? $", {Share(measured.FlopsPerSecond / peak)} of the FMA peak" : "";

    private static double? PerLaunch(StepMeasurement? measured) =>
        measured is { Launches: > 0 } ? (double)measured.LaunchBytes / measured.Launches : null;

    private static double? OverPlan(StepMeasurement? measured) =>
        measured is null ? null : ((double)measured.PeakResidentBytes / measured.PlannedBytes) - 1;

    private static double? Counted(double value) => value > 0 ? value : null;

    private static string Share(double? value) => value is { } share ? share.ToString("0.00", CultureInfo.InvariantCulture) : "";

    private static string Milliseconds(double seconds) => (seconds * 1e3).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Rate(double bytes) => (bytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB/s";
}
