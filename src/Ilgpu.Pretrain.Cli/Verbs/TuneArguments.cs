using System.Globalization;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Cli.Verbs;

/// <summary>What the options of <c>tune</c> say that are more than one value.</summary>
internal static class TuneArguments
{
    /// <summary>The values of a grid, commas between, in any order.</summary>
    /// <exception cref="InputException">One is no number or is there twice, or it is only one.</exception>
    public static double[] ParseGrid(TuningDirection direction, string text)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        var values = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]))
                throw new InputException($"{direction.GridFlag()} was given '{text}'; it takes numbers with commas between.");
        }

        if (values.Length == 1)
            throw new InputException($"{direction.GridFlag()} was given {text}, a grid without neighbours; it takes two values or more. '--fix {NameOf(direction)}' holds {direction.Flag()}.");
        if (values.Distinct().Count() < values.Length)
            throw new InputException($"{direction.GridFlag()} was given '{text}', where a value is there twice; it takes distinct ones.");
        return values;
    }

    /// <summary>Directions by the names of their flags, commas between.</summary>
    /// <exception cref="InputException">A name is of none.</exception>
    public static TuningDirection[] ParseDirections(string? text)
    {
        string[] names = (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. names.Select(name => TuningDirections.All.Where(direction => NameOf(direction) == name).Cast<TuningDirection?>().FirstOrDefault()
            ?? throw new InputException($"--fix was given '{name}'; it takes {string.Join(", ", TuningDirections.All.Select(NameOf))}, more with commas between."))];
    }

    private static string NameOf(TuningDirection direction) => direction.Flag()[2..];
}
