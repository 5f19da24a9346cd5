using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>What the kernel tests came to on a GPU: a process a test class, each with a report in CTRF or a bare exit code.</summary>
internal sealed class GpuTests
{
    private readonly Dictionary<string, (int Passed, int Failed)> classes = new(StringComparer.Ordinal);

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    /// <summary>A test or class and what it said.</summary>
    public List<(string Test, string Message)> Failures { get; } = [];

    /// <param name="folder">CLASS.json of each class, and classes.tsv: class, exit code, seconds.</param>
    public static GpuTests? Read(string folder)
    {
        string list = Path.Combine(folder, "classes.tsv");
        if (!File.Exists(list))
            return null;
        var tests = new GpuTests();
        foreach (string line in File.ReadLines(list).Order(StringComparer.Ordinal))
        {
            string[] fields = line.Split('\t');
            tests.Add(fields[0], fields[1], GpuJson.Read(Path.Combine(folder, fields[0] + ".json")));
        }

        return tests;
    }

    /// <summary>
    /// Whether all tests of a kernel's op and rung passed: of the classes whose name begins with the op and has the rung in
    /// it. Null where there was none.
    /// </summary>
    public bool? Verdict(string op, Rung rung)
    {
        (int passed, int failed) = (0, 0);
        foreach ((string name, (int Passed, int Failed) counts) in classes)
        {
            if (!name.StartsWith(op, StringComparison.Ordinal) || !name.Contains(rung.ToString(), StringComparison.Ordinal))
                continue;
            passed += counts.Passed;
            failed += counts.Failed;
        }

        return failed > 0 ? false : passed > 0 ? true : null;
    }

    private void Add(string name, string exitCode, JsonObject? report)
    {
        string simple = name[(name.LastIndexOf('.') + 1)..];
        if (report?["results"]?["tests"] is not JsonArray tests)
        {
            Failures.Add((simple, $"no results: the process ended with exit code {exitCode}{(exitCode == "124" ? " (out of time)" : "")}"));
            classes[simple] = (0, 1);
            Failed++;
            return;
        }

        (int passed, int failed) = (0, 0);
        foreach (JsonNode? test in tests)
        {
            switch (GpuJson.Text(test, "status"))
            {
                case "passed":
                    passed++;
                    break;
                case "failed":
                    failed++;
                    Failures.Add((GpuJson.Text(test, "name"), GpuJson.Text(test, "message").Split('\n')[0]));
                    break;
                default:
                    Skipped++;
                    break;
            }
        }

        classes[simple] = (passed, failed);
        Passed += passed;
        Failed += failed;
    }
}
