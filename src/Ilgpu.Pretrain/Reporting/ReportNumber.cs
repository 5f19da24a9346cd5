using System.Globalization;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>Numbers as a report writes them.</summary>
public static class ReportNumber
{
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    private const int SignificantDigits = 6;

    /// <summary>Counts at equal distances are written in full below this.</summary>
    private const double FromThousands = 1e4;

    private static readonly (double Size, string Suffix)[] Sizes = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];

    /// <summary>The shortest decimal that is read back as the same number: what JSON has.</summary>
    public static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Six significant digits, with a power of ten where the number is very large or small.</summary>
    public static string Brief(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "NaN" : value > 0 ? "infinite" : "-infinite";
        double size = Math.Abs(value);
        if (size is not 0 and (< 1e-4 or >= 1e9))
            return Scientific(value);
        decimal rounded = decimal.Parse(value.ToString($"E{SignificantDigits - 1}", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);
        return rounded.ToString(size >= 1e4 ? "#,0.######" : "0.##########", CultureInfo.InvariantCulture);
    }

    /// <summary>As an axis of a style has it.</summary>
    public static string Of(double value, NumberStyle style)
    {
        if (style == NumberStyle.Count)
        {
            (double size, string suffix) = SizeOf(Math.Abs(value));
            return (value / size).ToString("0.###", CultureInfo.InvariantCulture) + suffix;
        }

        return Brief(value);
    }

    /// <summary>Equally far apart, with as many decimals each.</summary>
    public static IReadOnlyList<string> Alike(IReadOnlyList<double> values, NumberStyle style)
    {
        double largest = values.Count == 0 ? 0 : values.Max(Math.Abs);
        if (style == NumberStyle.Count && largest >= FromThousands)
        {
            (double size, string suffix) = SizeOf(largest);
            return [.. Decimals([.. values.Select(value => value / size)]).Select((text, i) => values[i] == 0 ? "0" : text + suffix)];
        }

        return largest is not 0 and (>= 1e9 or < 1e-4) ? [.. values.Select(Brief)] : Decimals(values);
    }

    private static (double Size, string Suffix) SizeOf(double value) => Sizes.FirstOrDefault(size => value >= size.Size, (1, ""));

    private static string[] Decimals(IReadOnlyList<double> values)
    {
        int decimals = values.Select(value => DecimalsOf(value)).DefaultIfEmpty(0).Max();
        return [.. values.Select(value => value == 0 ? "0" : value.ToString($"N{decimals}", CultureInfo.InvariantCulture))];
    }

    private static int DecimalsOf(double value)
    {
        string text = Math.Abs(value).ToString("0.##########", CultureInfo.InvariantCulture);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? 0 : text.Length - point - 1;
    }

    /// <summary>Six significant digits and a power of ten.</summary>
    public static string Scientific(double value)
    {
        string[] parts = value.ToString($"0.#####E0", CultureInfo.InvariantCulture).Split('E');
        string power = string.Concat(parts[1].Select(digit => digit == '-' ? '⁻' : Superscripts[digit - '0']));
        return parts[0] switch { "1" => $"10{power}", "-1" => $"-10{power}", _ => $"{parts[0]}×10{power}" };
    }
}
