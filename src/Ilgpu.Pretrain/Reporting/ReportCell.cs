using System.Globalization;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>A cell of a table: a text, or a number and how it is written.</summary>
/// <param name="Text">What is shown.</param>
/// <param name="Value">The number itself, which the page carries beside the text; null for a text.</param>
public sealed record ReportCell(string Text, double? Value = null)
{
    public static ReportCell Nothing { get; } = new("–");

    /// <summary>A text, or nothing for null.</summary>
    public static ReportCell Of(string? text) => text is null ? Nothing : new ReportCell(text);

    /// <summary>Six significant digits.</summary>
    public static ReportCell Of(double? value) => value is { } number ? new ReportCell(ReportNumber.Brief(number), number) : Nothing;

    /// <summary>All digits.</summary>
    public static ReportCell Exact(double? value) => value is { } number ? new ReportCell(ReportNumber.Exact(number), number) : Nothing;

    /// <summary>A whole number, in groups of three digits.</summary>
    public static ReportCell Count(long? value) => value is { } number ? new ReportCell(number.ToString("N0", CultureInfo.InvariantCulture), number) : Nothing;

    /// <summary>An amount that may be whole and large: in groups of three digits from a thousand on, else six digits.</summary>
    public static ReportCell Amount(double value) =>
        double.IsFinite(value) && value is >= 1000 and < 1e15 ? new ReportCell(value.ToString("N0", CultureInfo.InvariantCulture), value) : Of(value);

    /// <summary>A loss in nats a token, or in bits a byte: four decimals.</summary>
    public static ReportCell Loss(double? value) => Decimals(value, 4);

    /// <summary>A share in hundredths, one decimal at most.</summary>
    public static ReportCell Percent(double? share) => share is not { } number
        ? Nothing
        : double.IsFinite(number) ? new ReportCell(number.ToString("0.#%", CultureInfo.InvariantCulture), number) : Of(number);

    public static ReportCell Decimals(double? value, int decimals) => value is not { } number
        ? Nothing
        : double.IsFinite(number)
            ? new ReportCell(number.ToString($"F{decimals}", CultureInfo.InvariantCulture), number)
            : new ReportCell(ReportNumber.Brief(number), number);

    public static ReportCell Duration(double? seconds) => seconds switch
    {
        null => Nothing,
        < 60 => new ReportCell(string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"), seconds),
        < 3600 => new ReportCell(string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 60)} min {(int)(seconds % 60)} s"), seconds),
        _ => new ReportCell(string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 3600)} h {(int)(seconds % 3600 / 60)} min"), seconds),
    };
}
