using System.Text.Json;

namespace Ilgpu.Pretrain.Bench;

/// <summary>The ratios that a machine's kind must reach (bench/floors.json), and the verdict on measured ones.</summary>
/// <param name="Log">The headings in docs/LOG.md under which the floors were set or lowered, with semicolons between.</param>
/// <param name="Processors">By instruction set, then by ILGPU (package or standin), then by ratio.</param>
internal sealed record SpeedFloors(string Log, IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>> Processors)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    public static SpeedFloors Read(string file) =>
        JsonSerializer.Deserialize<SpeedFloors>(File.ReadAllText(file), Format) ?? throw new InvalidDataException($"{file} holds no floors.");

    /// <summary>Floors by ratio, or null where this kind of machine has none.</summary>
    public IReadOnlyDictionary<string, double>? Of(string instructionSet, string ilgpu) =>
        Processors.GetValueOrDefault(instructionSet)?.GetValueOrDefault(ilgpu);

    /// <summary>The ratios that lie below their floors, or that were not measured at all.</summary>
    public static IReadOnlyList<string> Missed(IReadOnlyDictionary<string, double> floors, IReadOnlyDictionary<string, double> measured) =>
        [.. floors.Where(floor => !(measured.GetValueOrDefault(floor.Key) >= floor.Value)).Select(floor => floor.Key)];
}
