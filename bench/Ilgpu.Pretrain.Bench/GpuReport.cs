using System.Globalization;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Puts what the phases of a GPU check left in a folder into check.json and check.md:
/// <c>gpu-report FOLDER --ledger kernels.json --device cuda:0 --date yyyy-MM-dd</c>. What a phase did not leave is left out.
/// </summary>
internal static class GpuReport
{
    private const string Usage = "usage: gpu-report FOLDER --ledger FILE --device SPECIFICATION --date yyyy-MM-dd";

    /// <summary>Parts that name the device they were measured on.</summary>
    private static readonly string[] OnDevice = ["smoke", "model", "step", "bench"];

    public static int Run(string[] args)
    {
        if (args is not [var folder, "--ledger", var ledger, "--device", var device, "--date", var date] || !Directory.Exists(folder))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        JsonObject check = Collect(folder, ledger, device, date);
        File.WriteAllText(Path.Combine(folder, "check.json"), check.ToJsonString(GpuJson.Format) + "\n");
        string table = GpuTable.Of(check);
        File.WriteAllText(Path.Combine(folder, "check.md"), table);
        Console.Write(table);
        return check["phases"]!.AsArray().Any(phase => GpuJson.Text(phase, "outcome") is "failed" or "out of time") ? 1 : 0;
    }

    private static JsonObject Collect(string folder, string ledgerFile, string device, string date)
    {
        JsonObject? Part(string name) => GpuJson.Read(Path.Combine(folder, name + ".json"));
        GpuDriver? driver = GpuDriver.Ask(device);
        JsonObject? first = OnDevice.Select(Part).FirstOrDefault(part => part?["device"] is not null);
        string deviceName = first is null ? driver?.Name ?? "" : GpuJson.Text(first["device"], "name");
        var check = new JsonObject
        {
            ["device"] = device,
            ["device_name"] = deviceName,
            ["driver"] = driver?.DriverVersion ?? "",
            ["ilgpu"] = IlgpuRuntime.Description,
            ["date"] = date,
            ["phases"] = Phases(Path.Combine(folder, "phases.tsv")),
        };
        foreach (string part in OnDevice.Concat(["train", "peer-matmul", "peer-step", "interchange"]))
        {
            if (Part(part) is { } found)
                check[part] = found;
        }

        if (GpuTests.Read(Path.Combine(folder, "kernels")) is { } tests)
        {
            var verdicts = new JsonObject();
            foreach ((string name, GpuLedgerEntry entry) in GpuLedger.Read(ledgerFile))
            {
                GpuKernel? kernel = GpuKernel.All.FirstOrDefault(each => each.Name == name);
                // Simulated warps are no GPU: they give no verdict.
                if (device.StartsWith("cuda", StringComparison.Ordinal) && kernel is not null && tests.Verdict(entry.Op, kernel.Rung) is { } passed)
                    verdicts[name] = GpuJson.Of(new GpuVerdict(deviceName, date, passed, entry.Source, entry.Ptx));
            }

            check["kernels"] = GpuJson.Of(new
            {
                tests.Passed,
                tests.Failed,
                tests.Skipped,
                failures = tests.Failures.Select(each => new { each.Test, each.Message }),
            });
            check["verdicts"] = verdicts;
        }

        return check;
    }

    /// <param name="file">Phase, outcome, seconds, note; a line each.</param>
    private static JsonArray Phases(string file)
    {
        var phases = new JsonArray();
        if (!File.Exists(file))
            return phases;
        foreach (string line in File.ReadLines(file))
        {
            string[] fields = line.Split('\t');
            phases.Add(GpuJson.Of(new { phase = fields[0], outcome = fields[1], seconds = double.Parse(fields[2], CultureInfo.InvariantCulture), note = fields[3] }));
        }

        return phases;
    }
}
