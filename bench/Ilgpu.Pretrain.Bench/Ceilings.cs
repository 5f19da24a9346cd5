using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Holds ratios of speed above their floors: <c>ceilings [--floors bench/floors.json]</c>, the best of three tries counts.
/// <c>ceilings --spread N</c> measures them N times instead, to set floors by.
/// </summary>
internal static class Ceilings
{
    public const string Verb = "ceilings";

    private const string Usage = "usage: ceilings [--floors FILE | --spread N]";

    private const int Tries = 3;

    /// <returns>0, 1 where a ratio stayed below its floor, 2 for wrong arguments.</returns>
    public static int Run(string[] args)
    {
        string file = Path.Combine("bench", "floors.json");
        int spread = 0;
        switch (args)
        {
            case []:
                break;
            case ["--floors", var given]:
                file = given;
                break;
            case ["--spread", var count] when int.TryParse(count, out spread) && spread > 0:
                break;
            default:
                Console.Error.WriteLine($"'{string.Join(' ', args)}' is not understood. {Usage}");
                return 2;
        }

        if (spread == 0 && !File.Exists(file))
        {
            Console.Error.WriteLine($"There is no '{file}'; run this in the repository's folder. {Usage}");
            return 2;
        }

        string instructionSet = $"{Processor.VectorInstructions}, {ClockMeasurement.FmasPerCycle()} FMA a cycle";
        Console.WriteLine($"{Processor.Name}, {Environment.ProcessorCount} threads: {instructionSet}; {IlgpuRuntime.Description}");
        if (spread > 0)
        {
            using var ratios = new SpeedRatios();
            ShowSpread(ratios, spread);
            return 0;
        }

        if (SpeedFloors.Read(file).Of(instructionSet, IlgpuRuntime.Kind) is { } floors)
            return Hold(floors);
        Console.WriteLine($"No floors are set for '{instructionSet}' with ILGPU's {IlgpuRuntime.Kind} in {file}: nothing is held here. 'ceilings --spread 8' measures what to set.");
        return 0;
    }

    private static int Hold(IReadOnlyDictionary<string, double> floors)
    {
        long start = Stopwatch.GetTimestamp();
        using var ratios = new SpeedRatios();
        Dictionary<string, double> best = [];
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            foreach (string name in SpeedFloors.Missed(floors, best))
            {
                if (ratios.All.FirstOrDefault(ratio => ratio.Name == name) is { } ratio)
                    best[name] = Math.Max(best.GetValueOrDefault(name), ratio.Measure());
            }
        }

        IReadOnlyList<string> missed = SpeedFloors.Missed(floors, best);
        foreach (SpeedRatio ratio in ratios.All.Where(ratio => floors.ContainsKey(ratio.Name)))
            Console.WriteLine(Line(ratio, $"{Text(best[ratio.Name])}, floor {Text(floors[ratio.Name])}{(missed.Contains(ratio.Name) ? ": BELOW" : "")}"));
        foreach (string unknown in missed.Except(ratios.All.Select(ratio => ratio.Name)))
            Console.WriteLine($"There is no ratio '{unknown}'.");
        Console.WriteLine(missed.Count == 0
            ? $"All floors held, in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s."
            : $"Speed was lost: {string.Join(", ", missed)} stayed below in {Tries} tries. A floor is lowered only with an entry in docs/LOG.md.");
        return missed.Count == 0 ? 0 : 1;
    }

    private static void ShowSpread(SpeedRatios ratios, int count)
    {
        foreach (SpeedRatio ratio in ratios.All)
        {
            double[] measured = [.. Enumerable.Range(0, count).Select(_ => ratio.Measure()).Order()];
            Console.WriteLine(Line(ratio, $"lowest {Text(measured[0])}, median {Text(measured[count / 2])}, highest {Text(measured[^1])}"));
        }
    }

    private static string Line(SpeedRatio ratio, string figures) => $"{ratio.Name,-17} {figures,-48} ({ratio.Measures})";

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
