using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Whole training steps on a GPU: <c>gpu-step --device cuda:0 [--model 300m] [--length 4096] [--batch 4] [--precision bf16]</c>.
/// The batch is halved until the plan fits the device.
/// </summary>
internal static class GpuStep
{
    private const int WarmUpSteps = 3;
    private const int FewestSteps = 5;

    public static JsonObject Run(Device device, GpuOptions options)
    {
        LlamaConfig model = options.Tiny ? GpuShapes.Tiny.Model : LlamaPresets.Find(options.Model)!;
        (int most, int length) = options.Tiny ? (GpuShapes.Tiny.Batch, GpuShapes.Tiny.Length) : (options.Batch, options.Length);
        model = model with { Context = Math.Max(model.Context, length) };
        (int batch, ModelPlan plan) = Fitting(device, model, most, length, options.Precision);
        var step = new StepCase(model, batch, length);
        long usedBefore = GpuDriver.Ask(options.Device)?.UsedBytes ?? 0;
        using var training = step.Prepare(device, options.Precision);
        (int warmUp, int fewest) = options.Tiny ? (1, 2) : (WarmUpSteps, FewestSteps);
        for (int i = 0; i < warmUp; i++)
            training.Take();
        double firstLoss = training.Loss;
        List<double> taken = [];
        long begin = Stopwatch.GetTimestamp();
        while (taken.Count < fewest || (!options.Tiny && Stopwatch.GetElapsedTime(begin).TotalSeconds < options.Seconds))
        {
            long start = Stopwatch.GetTimestamp();
            training.Take();
            taken.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        // Nothing is allocated in a step, so what is in use now is the peak.
        long? used = GpuDriver.Ask(options.Device)?.UsedBytes;
        taken.Sort();
        double seconds = taken[taken.Count / 2];
        double rate = step.Flops / seconds;
        double? peak = GpuPeaks.Bf16FlopsPerSecond(device.Description.Name);
        double loss = training.Loss;
        string utilisation = peak is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"MFU {rate / known:P1} of {known / 1e12:F0} TFLOP/s (data sheet, dense bf16)")
            : "no data-sheet peak is known for this device";
        options.Words.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{step}, {options.Precision}: {seconds * 1e3:F1} ms a step (median of {taken.Count}), {step.Batch * step.Length / seconds:N0} tokens/s, {rate / 1e12:F2} TFLOP/s, {utilisation}, {plan.Total / (double)(1 << 30):F2} GiB planned, loss {firstLoss:F3} -> {loss:F3}"));
        JsonObject result = GpuJson.Of(new
        {
            model = model.Name,
            parameters = model.ParameterCount,
            batch,
            length,
            precision = options.Precision.ToString().ToLowerInvariant(),
            steps = taken.Count,
            seconds_per_step = seconds,
            tokens_per_second = batch * length / seconds,
            flops_per_step = step.Flops,
            flops_per_second = rate,
            peak_flops_per_second = peak,
            mfu = rate / peak,
            planned_bytes = plan.Total,
            used_bytes = used - usedBefore,
            first_loss = firstLoss,
            last_loss = loss,
        });
        result["failures"] = double.IsFinite(loss) && loss < firstLoss ? [] : new JsonArray(FormattableString.Invariant($"the loss does not fall: {firstLoss:F4} -> {loss:F4}"));
        return result;
    }

    private static (int Batch, ModelPlan Plan) Fitting(Device device, LlamaConfig model, int most, int length, ComputePrecision precision)
    {
        for (int batch = most; batch > 0; batch /= 2)
        {
            ModelPlan plan = ModelPlan.Of(model, new LlamaModelOptions(batch, length) { Training = true, Precision = precision });
            if (plan.Total <= device.Description.MemoryBytes)
                return (batch, plan);
        }

        throw new InputException($"A step of one window of {length} tokens of '{model.Name}' does not fit {device.Description.Specification}.");
    }
}
