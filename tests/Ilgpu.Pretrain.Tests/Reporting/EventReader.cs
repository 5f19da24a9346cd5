using System.Text;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>
/// Reads event files from the descriptions of their formats, with a bitwise checksum, by nothing that wrote them:
/// TFRecord, protocol buffers, event.proto, summary.proto.
/// </summary>
internal static class EventReader
{
    internal sealed record Event(double WallTime, long Step, string? FileVersion, IReadOnlyList<(string Tag, float Value)> Values);

    public static IEnumerable<Event> Read(byte[] file)
    {
        int at = 0;
        while (at < file.Length)
        {
            int length = checked((int)BitConverter.ToUInt64(file, at));
            Assert.Equal(Masked(file[at..(at + 8)]), BitConverter.ToUInt32(file, at + 8));
            byte[] payload = file[(at + 12)..(at + 12 + length)];
            Assert.Equal(Masked(payload), BitConverter.ToUInt32(file, at + 12 + length));
            at += length + 16;
            yield return Parse(payload);
        }
    }

    private static Event Parse(byte[] message)
    {
        double wallTime = 0;
        long step = 0;
        string? version = null;
        var values = new List<(string, float)>();
        foreach ((int field, byte[] bytes) in Fields(message))
        {
            if (field == 1)
                wallTime = BitConverter.ToDouble(bytes);
            else if (field == 2)
                step = BitConverter.ToInt64(bytes);
            else if (field == 3)
                version = Encoding.UTF8.GetString(bytes);
            else if (field == 5)
                values.AddRange(Fields(bytes).Select(value => ParseValue(value.Bytes)));
        }

        return new Event(wallTime, step, version, values);
    }

    private static (string, float) ParseValue(byte[] message)
    {
        (int Field, byte[] Bytes)[] fields = [.. Fields(message)];
        return (Encoding.UTF8.GetString(fields.Single(field => field.Field == 1).Bytes), BitConverter.ToSingle(fields.Single(field => field.Field == 2).Bytes));
    }

    /// <summary>Each field's bytes; a varint's as a little-endian number.</summary>
    private static IEnumerable<(int Field, byte[] Bytes)> Fields(byte[] message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Varint(message, ref at);
            byte[] bytes;
            switch (key & 7)
            {
                case 0:
                    bytes = BitConverter.GetBytes(Varint(message, ref at));
                    break;
                case 1:
                    bytes = message[at..(at + 8)];
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    bytes = message[at..(at + length)];
                    at += length;
                    break;
                case 5:
                    bytes = message[at..(at + 4)];
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }

            yield return ((int)(key >> 3), bytes);
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }

    private static uint Masked(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }
}
