using System.Globalization;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>What the GPU verbs take.</summary>
internal sealed record GpuOptions
{
    public const string Usage =
        "usage: gpu|gpu-smoke|gpu-model|gpu-step [--device cuda:0|simulated-warps] [--tiny] [--json] "
        + "[--model 300m] [--length 4096] [--batch 4] [--precision bf16|fp32] [--seconds 20]";

    public string Device { get; private init; } = "cuda:0";

    /// <summary>Shapes that take milliseconds, to try the program out: always on simulated warps.</summary>
    public bool Tiny { get; private init; }

    /// <summary>One JSON object on standard output, words on standard error.</summary>
    public bool Json { get; private init; }

    public string Model { get; private init; } = "300m";

    public int Length { get; private init; } = 4096;

    /// <summary>Sequences a step, halved until the plan fits.</summary>
    public int Batch { get; private init; } = 4;

    public ComputePrecision Precision { get; private init; } = ComputePrecision.Bf16;

    /// <summary>Of measuring steps.</summary>
    public double Seconds { get; private init; } = 20;

    /// <summary>Where words for people go.</summary>
    public TextWriter Words => Json ? Console.Error : Console.Out;

    /// <summary>Null where an option is not understood; that has been said then.</summary>
    public static GpuOptions? Parse(string[] args)
    {
        var options = new GpuOptions();
        for (int i = 0; i < args.Length; i++)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            GpuOptions? changed = args[i] switch
            {
                "--tiny" => options with { Tiny = true },
                "--json" => options with { Json = true },
                "--device" when value.Length > 0 => options with { Device = value },
                "--model" when LlamaPresets.Find(value) is not null => options with { Model = value },
                "--length" when Count(value) is { } count => options with { Length = count },
                "--batch" when Count(value) is { } count => options with { Batch = count },
                "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds > 0 => options with { Seconds = seconds },
                "--precision" when Enum.TryParse(value, ignoreCase: true, out ComputePrecision precision) => options with { Precision = precision },
                _ => null,
            };
            if (changed is null)
            {
                Console.Error.WriteLine($"{args[i]} '{value}' is not understood. {Usage}");
                return null;
            }

            if (args[i] is not ("--tiny" or "--json"))
                i++;
            options = changed;
        }

        return options.Device == "simulated-warps" ? options with { Tiny = true } : options;
    }

    private static int? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count : null;
}
