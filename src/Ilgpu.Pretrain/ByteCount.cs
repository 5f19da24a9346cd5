using System.Globalization;

namespace Ilgpu.Pretrain;

/// <summary>Numbers of bytes as people write them.</summary>
public static class ByteCount
{
    private static readonly (string Suffix, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    /// <summary>A number from 1, with a unit or without; null where it is none.</summary>
    public static long? Find(string text)
    {
        (string suffix, long bytes) = Array.Find(Units, unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase)) is { Suffix: not null } found ? found : ("", 1);
        return double.TryParse(text.AsSpan(0, text.Length - suffix.Length).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
            && count * bytes is >= 1 and <= long.MaxValue / 2
            ? (long)(count * bytes)
            : null;
    }

    /// <exception cref="InputException">It is none, or less than a byte.</exception>
    public static long Parse(string flag, string text) => Find(text)
        ?? throw new InputException($"{flag} was given '{text}'; it takes a number of bytes from 1, as in 500MB, 5GB or 2GiB.");
}
