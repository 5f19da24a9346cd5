using System.Buffers.Binary;
using System.Numerics;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// The records of a TFRecord file: the length as 8 bytes, its masked CRC, the payload, its masked CRC, all little-endian
/// (tensorflow/core/lib/io/record_writer.h).
/// </summary>
internal static class TfRecord
{
    private const uint MaskDelta = 0xa282ead8;

    public static void Write(Stream file, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Mask(Crc32C(header[..8])));
        file.Write(header);
        file.Write(payload);
        Span<byte> footer = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(footer, Mask(Crc32C(payload)));
        file.Write(footer);
    }

    /// <summary>Castagnoli's CRC, as iSCSI has it (RFC 3720, 12.1).</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    /// <summary>So that a CRC of bytes that hold CRCs is no weaker (tensorflow/core/lib/hash/crc32c.h).</summary>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;
}
