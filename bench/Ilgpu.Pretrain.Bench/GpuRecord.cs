using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Takes a GPU check's result into the repository: verdicts into the ledger, table and figures into docs/results:
/// <c>gpu-record CHECK.json --repository FOLDER</c>.
/// </summary>
internal static class GpuRecord
{
    public static int Run(string[] args)
    {
        if (args is not [var file, "--repository", var repository] || GpuJson.Read(file) is not { } check)
        {
            Console.Error.WriteLine("usage: gpu-record CHECK.json --repository FOLDER");
            return 2;
        }

        if (!GpuJson.Text(check, "device").StartsWith("cuda", StringComparison.Ordinal) || GpuJson.Text(check, "device_name").Length == 0)
        {
            Console.Error.WriteLine($"{file} is not a check of a GPU but of '{GpuJson.Text(check, "device")}': nothing is recorded.");
            return 2;
        }

        string ledgerFile = Path.Combine(repository, GpuLedger.RelativePath);
        SortedDictionary<string, GpuLedgerEntry> ledger = GpuLedger.Read(ledgerFile);
        int recorded = 0;
        foreach ((string kernel, JsonNode? verdict) in check["verdicts"] as JsonObject ?? [])
        {
            if (!ledger.TryGetValue(kernel, out GpuLedgerEntry? entry))
            {
                Console.Error.WriteLine($"{kernel} is not in the ledger any more.");
                continue;
            }

            ledger[kernel] = entry with { Gpu = verdict.Deserialize<GpuVerdict>(GpuJson.Format) };
            recorded++;
        }

        GpuLedger.Write(ledgerFile, ledger);
        string folder = Path.Combine(repository, "docs", "results", FolderName(GpuJson.Text(check, "device_name")));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "check.json"), check.ToJsonString(GpuJson.Format) + "\n");
        File.WriteAllText(Path.Combine(folder, "check.md"), GpuTable.Of(check));
        Console.WriteLine($"{recorded} verdicts in {GpuLedger.RelativePath}; check.json and check.md in {Path.GetRelativePath(repository, folder)}");
        return 0;
    }

    /// <summary>The device's name as others name folders: small letters, digits and hyphens.</summary>
    private static string FolderName(string device) =>
        string.Join('-', new string([.. device.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
