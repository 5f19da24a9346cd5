using System.Globalization;
using System.Text;

namespace Ilgpu.Pretrain;

/// <summary>Text of unknown files in messages, which are one line.</summary>
internal static class Printable
{
    private const int LongestExcerpt = 60;

    /// <summary>The text with escapes for whatever would end the line or steer a terminal.</summary>
    public static string OneLine(string text)
    {
        if (!text.Any(Disturbs))
            return text;
        var line = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (Disturbs(character))
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else
                line.Append(character);
        }

        return line.ToString();
    }

    /// <summary>The beginning of a text that may be of any length.</summary>
    public static string Excerpt(string text, int longest = LongestExcerpt) => text.Length <= longest ? text : text[..longest] + "...";

    private static bool Disturbs(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
