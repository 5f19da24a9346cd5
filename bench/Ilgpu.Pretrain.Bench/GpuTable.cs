using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Bench;

/// <summary>A GPU check as Markdown.</summary>
internal static class GpuTable
{
    public static string Of(JsonObject check)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# GPU check: {Named(check, "device_name")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{GpuJson.Text(check, "device")}, driver {Named(check, "driver")}, {GpuJson.Text(check, "date")}; {GpuJson.Text(check, "ilgpu")}.\n\n");
        text.Append("| phase | outcome | seconds | |\n|---|---|---:|---|\n");
        foreach (JsonNode? phase in check["phases"]!.AsArray())
            text.Append(CultureInfo.InvariantCulture, $"| {GpuJson.Text(phase, "phase")} | {GpuJson.Text(phase, "outcome")} | {GpuJson.Number(phase, "seconds"):F0} | {GpuJson.Text(phase, "note")} |\n");
        Kernels(text, check["kernels"]);
        Model(text, check["model"]);
        Steps(text, check);
        Bench(text, check["bench"], check["peer-matmul"]);
        return text.ToString();
    }

    private static void Kernels(StringBuilder text, JsonNode? kernels)
    {
        const int MostFailures = 40;
        if (kernels is null)
            return;
        text.Append(CultureInfo.InvariantCulture, $"\nKernel tests: {GpuJson.Number(kernels, "passed")} passed, {GpuJson.Number(kernels, "failed")} failed, {GpuJson.Number(kernels, "skipped")} skipped.\n");
        JsonArray failures = kernels["failures"]!.AsArray();
        foreach (JsonNode? failure in failures.Take(MostFailures))
            text.Append(CultureInfo.InvariantCulture, $"- {GpuJson.Text(failure, "test")}: {GpuJson.Text(failure, "message")}\n");
        if (failures.Count > MostFailures)
            text.Append(CultureInfo.InvariantCulture, $"- and {failures.Count - MostFailures} more\n");
    }

    private static void Model(StringBuilder text, JsonNode? model)
    {
        if (model?["precisions"] is not JsonObject { Count: > 0 } precisions)
            return;
        text.Append(CultureInfo.InvariantCulture, $"\nA model of {GpuJson.Number(model, "parameters"):N0} parameters beside the CPU's fp32:\n\n");
        text.Append("| precision | loss off by | worst gradient off by | losses of a short training off by | same bits twice |\n|---|---:|---:|---:|---|\n");
        foreach ((string precision, JsonNode? each) in precisions)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {precision} | {GpuJson.Number(each, "loss_error"):G2} | {GpuJson.Number(each, "gradient_error"):G2} | {GpuJson.Number(each, "training_error"):G2} | {(each!["same_bits_twice"]!.GetValue<bool>() ? "yes" : "NO")} |\n");
        }
    }

    private static void Steps(StringBuilder text, JsonObject check)
    {
        if (check["step"] is not { } step)
            return;
        text.Append(CultureInfo.InvariantCulture, $"\nA training step of '{GpuJson.Text(step, "model")}', {GpuJson.Number(step, "parameters"):N0} parameters, {GpuJson.Number(step, "length"):N0} tokens a window. FLOPs are 6 a token and parameter in products, and attention's visible half; ");
        text.Append(GpuJson.Number(step, "peak_flops_per_second") is { } peak
            ? string.Create(CultureInfo.InvariantCulture, $"MFU is of {peak / 1e12:F0} TFLOP/s, the data sheet's dense bf16.\n\n")
            : "no data-sheet peak is known for this device, so there is no MFU.\n\n");
        text.Append("| what | batch | ms | tokens/s | TFLOP/s | MFU | memory in use, GiB | ours / it |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
        double? ours = GpuJson.Number(step, "tokens_per_second");
        StepLine(text, "ours, " + GpuJson.Text(step, "precision"), step, step, ours);
        if (check["peer-step"]?["variants"] is JsonArray variants)
        {
            foreach (JsonNode? variant in variants)
                StepLine(text, GpuJson.Text(variant, "name"), variant, step, ours);
        }
    }

    /// <param name="text">Appended to.</param>
    /// <param name="name">Whose step.</param>
    /// <param name="line">Its figures.</param>
    /// <param name="reference">Ours: FLOPs a token and the peak are its.</param>
    /// <param name="ours">Tokens a second.</param>
    private static void StepLine(StringBuilder text, string name, JsonNode? line, JsonNode reference, double? ours)
    {
        if (GpuJson.Number(line, "tokens_per_second") is not { } tokens)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | | | | | | | {GpuJson.Text(line, "error")} |\n");
            return;
        }

        double? flopsPerToken = GpuJson.Number(reference, "flops_per_step") / (GpuJson.Number(reference, "batch") * GpuJson.Number(reference, "length"));
        double? rate = tokens * flopsPerToken;
        text.Append(CultureInfo.InvariantCulture, $"| {name} | {GpuJson.Number(line, "batch")} | {GpuJson.Number(line, "seconds_per_step") * 1e3:F1} | {tokens:N0} | {rate / 1e12:F1} | {rate / GpuJson.Number(reference, "peak_flops_per_second"):F3} | {GpuJson.Number(line, "used_bytes") / (1 << 30):F2} | {ours / tokens:F2} |\n");
    }

    private static void Bench(StringBuilder text, JsonNode? bench, JsonNode? peer)
    {
        if (bench?["measurements"] is not JsonArray { Count: > 0 } measurements)
            return;
        text.Append(CultureInfo.InvariantCulture, $"\nOps at the shapes of that step; the device's own copy moves {GpuJson.Number(bench, "copy_bytes_per_second") / 1e9:F0} GB/s. Bytes and FLOPs are the contract's floor. 'cuBLAS' is torch.matmul of the same shape, ours / its rate.\n\n");
        text.Append("| op | elements | kernels | us | TFLOP/s | GB/s | share of copy | / cuBLAS |\n|---|---|---|---:|---:|---:|---:|---:|\n");
        foreach (JsonNode? each in measurements)
        {
            double? seconds = GpuJson.Number(each, "seconds");
            double? theirs = peer?["products"]?.AsArray()
                .Where(product => GpuJson.Text(product, "name") == GpuJson.Text(each, "name") && GpuJson.Text(product, "elements") == GpuJson.Text(each, "elements"))
                .Select(product => GpuJson.Number(product, "seconds"))
                .FirstOrDefault();
            text.Append(CultureInfo.InvariantCulture, $"| {GpuJson.Text(each, "group")}: {GpuJson.Text(each, "name")} | {GpuJson.Text(each, "elements")} | {GpuJson.Text(each, "kernels")} | {seconds * 1e6:F1} | {GpuJson.Number(each, "flops_per_second") / 1e12:F2} | {GpuJson.Number(each, "bytes_per_second") / 1e9:F0} | {GpuJson.Number(each, "share_of_copy"):F2} | {theirs / seconds:F2} |\n");
        }

        foreach (string list in new[] { "failures", "out_of_time" })
        {
            if (bench[list] is JsonArray { Count: > 0 } names)
                text.Append(CultureInfo.InvariantCulture, $"\n{(list == "failures" ? "Failed" : "Not measured for want of time")}: {string.Join("; ", names.Select(name => name!.GetValue<string>().Split('\n')[0]))}\n");
        }
    }

    private static string Named(JsonNode? node, string name) => GpuJson.Text(node, name) is { Length: > 0 } text ? text : "unknown";
}
