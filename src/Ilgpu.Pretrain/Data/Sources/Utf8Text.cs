using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>Where bytes stop being UTF-8.</summary>
internal static class Utf8Text
{
    /// <summary>The index of the first byte that begins no valid character; the number of bytes if there is none.</summary>
    public static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (position < bytes.Length && Rune.DecodeFromUtf8(bytes[position..], out _, out int consumed) == OperationStatus.Done)
            position += consumed;
        return position;
    }
}
