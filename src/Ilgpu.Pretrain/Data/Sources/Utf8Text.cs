using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Where bytes stop being UTF-8.</summary>
internal static class Utf8Text
{
    /// <param name="text">Of a file.</param>
    /// <param name="position">Where it begins there.</param>
    /// <param name="path">Of the file.</param>
    /// <exception cref="InputException">It is not UTF-8.</exception>
    public static void RequireValid(ReadOnlySpan<byte> text, long position, string path)
    {
        if (!Utf8.IsValid(text))
            throw new InputException(
                $"{path} is not UTF-8: the byte at position {position + FirstInvalid(text)} (counted from 0) begins no valid character");
    }

    /// <summary>The index of the first byte that begins no valid character; the number of bytes if there is none.</summary>
    public static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (position < bytes.Length && Rune.DecodeFromUtf8(bytes[position..], out _, out int consumed) == OperationStatus.Done)
            position += consumed;
        return position;
    }
}
