using System.Buffers.Binary;
using System.Text;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// TensorBoard's Event in the encoding of protocol buffers (tensorflow/core/util/event.proto and summary.proto): wall_time = 1,
/// step = 2, file_version = 3, summary = 5; in a Summary value = 1, in a Value tag = 1 and simple_value = 2.
/// </summary>
internal static class EventMessage
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    /// <summary>What a file begins with.</summary>
    public static byte[] FileVersion(double wallTime)
    {
        using var message = new MemoryStream();
        WriteDouble(message, 1, wallTime);
        WriteBytes(message, 3, Encoding.UTF8.GetBytes("brain.Event:2"));
        return message.ToArray();
    }

    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="step">Not negative.</param>
    /// <param name="values">By their tags.</param>
    public static byte[] Scalars(double wallTime, long step, IEnumerable<(string Tag, float Value)> values)
    {
        using var summary = new MemoryStream();
        foreach ((string tag, float value) in values)
        {
            using var one = new MemoryStream();
            WriteBytes(one, 1, Encoding.UTF8.GetBytes(tag));
            WriteFloat(one, 2, value);
            WriteBytes(summary, 1, one.ToArray());
        }

        using var message = new MemoryStream();
        WriteDouble(message, 1, wallTime);
        WriteKey(message, 2, Varint);
        WriteVarint(message, (ulong)step);
        WriteBytes(message, 5, summary.ToArray());
        return message.ToArray();
    }

    private static void WriteFloat(Stream message, int field, float value)
    {
        WriteKey(message, field, Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        message.Write(bytes);
    }

    private static void WriteDouble(Stream message, int field, double value)
    {
        WriteKey(message, field, Fixed64);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        message.Write(bytes);
    }

    private static void WriteBytes(Stream message, int field, byte[] bytes)
    {
        WriteKey(message, field, LengthDelimited);
        WriteVarint(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    private static void WriteKey(Stream message, int field, int wireType) => WriteVarint(message, (ulong)((field << 3) | wireType));

    private static void WriteVarint(Stream message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            message.WriteByte((byte)(value | 0x80));
        message.WriteByte((byte)value);
    }
}
