namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// How wide a text gets, without its font: by classes of characters, as wide as in DejaVu Sans, the widest of the usual
/// sans-serif fonts, so that what fits here fits in any.
/// </summary>
internal static class TextWidth
{
    /// <summary>Letters of the weight 600 against those of 400.</summary>
    private const double Bold = 1.12;

    /// <summary>Of a text in bold.</summary>
    public static double OfBold(string text, double size) => Bold * Of(text, size);

    /// <param name="text">One line.</param>
    /// <param name="size">The font's, in pixels.</param>
    public static double Of(string text, double size)
    {
        double ems = 0;
        foreach (char character in text)
            ems += Ems(character);
        return ems * size;
    }

    /// <summary>The text, or its beginning and an ellipsis where it is wider.</summary>
    public static string Cut(string text, double size, double width)
    {
        if (Of(text, size) <= width)
            return text;
        int kept = text.Length;
        while (kept > 1 && Of(text[..kept] + "…", size) > width)
            kept--;
        return text[..kept].TrimEnd() + "…";
    }

    private static double Ems(char character) => character switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or ' ' or '!' => .32,
        'f' or 'r' or 't' or '(' or ')' or '-' or '/' => .41,
        'm' or 'w' or 'M' or 'W' or '%' => .96,
        '…' or '—' => 1,
        >= '0' and <= '9' => .64,
        >= 'A' and <= 'Z' => .70,
        > '\u2fff' => 1.05,
        _ => .62,
    };
}
