using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Ilgpu.Pretrain.Tests.Tokenization;

namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <summary>Faults in a file's content: random ones, and those that its format is made of.</summary>
internal static class Mutations
{
    /// <summary>What makes faults that random bytes do not: other kinds of values, other ids, ends of lines and texts.</summary>
    private static readonly string[] Snippets =
    [
        "null", "true", "0", "-1", "1.5", "1e9", "99999999999", "2147483647", "-9223372036854775808", "9223372036854775807", "1e999", "NaN", "\"\"", "\"a\"", "[]", "{}", "{\"",
        "\\ud800", "\\n", "\\u0000", "\n", "\r", "\0", "\"type\"", "\"special\":true", "\"id\":", "Ġ", " ", "é", "\u2028", "YQ==", "=", "#version", ",", ":", "../", "/", ";", "\t",
        "- ", "&a", "*a", "<<: ", "[[[[[[[[", "{{{{{{{{", "!!int", "|", "$size", "1..99999999", "x2", "---\n", "#",
    ];

    /// <summary>Numbers on and beyond the edges of types.</summary>
    private static readonly long[] Numbers =
        [0, 1, -1, 2, 127, 255, 256, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, 1L << 62, long.MaxValue, long.MinValue];

    /// <summary>A spoilt copy.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="file">Whose extension tells the format.</param>
    /// <param name="content">Valid.</param>
    public static byte[] Of(Random random, string file, byte[] content) => (Path.GetExtension(file), random.Next(4)) switch
    {
        (".json", < 2) => MutatedTree.Of(random, content),
        (".jsonl", < 2) => InALine(random, content),
        (".safetensors", < 2) => InTheHeader(random, content),
        (".safetensors" or ".bin", 2) => WithNumbers(random, content),
        _ => WithFaults(random, content),
    };

    /// <summary>One fault or a few: a byte changed, a part left out, doubled or put elsewhere, a snippet put in.</summary>
    public static byte[] WithFaults(Random random, byte[] content)
    {
        List<byte> bytes = [.. content];
        for (int faults = random.Next(1, 4); faults > 0 && bytes.Count > 1; faults--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, random.Next(2) == 0 ? 4 : 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), [.. bytes.GetRange(at, length)]);
                    break;
                case 3:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Snippets[random.Next(Snippets.Length)]));
                    break;
                case 4:
                    bytes.RemoveRange(at, length);
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Snippets[random.Next(Snippets.Length)]));
                    break;
                default:
                    if (random.Next(8) == 0)
                        bytes.RemoveRange(at, bytes.Count - at);
                    else
                        bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Numbers of the file, most of them at its beginning, replaced by edges of their types; now and then it is cut.</summary>
    private static byte[] WithNumbers(Random random, byte[] content)
    {
        byte[] bytes = [.. content];
        Span<byte> number = stackalloc byte[sizeof(long)];
        for (int faults = random.Next(1, 3); faults > 0 && bytes.Length >= sizeof(long); faults--)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, Numbers[random.Next(Numbers.Length)]);
            int size = 1 << random.Next(1, 4);
            int range = random.Next(3) < 2 ? Math.Min(bytes.Length, 64) : bytes.Length;
            number[..size].CopyTo(bytes.AsSpan(Math.Min(random.Next(range) / size * size, bytes.Length - size)));
        }

        return random.Next(6) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] InALine(Random random, byte[] content)
    {
        string[] lines = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int line = random.Next(lines.Length);
        lines[line] = Encoding.UTF8.GetString(MutatedTree.Of(random, Encoding.UTF8.GetBytes(lines[line])));
        return Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
    }

    /// <summary>A header that is JSON and lies; its length is right.</summary>
    private static byte[] InTheHeader(Random random, byte[] content)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        byte[] header = MutatedTree.Of(random, content.AsSpan(sizeof(long), length).ToArray());
        if (random.Next(2) == 0)
            header = WithOffset(random, header);
        var lengthBytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(lengthBytes, header.Length);
        return [.. lengthBytes, .. header, .. content.AsSpan(sizeof(long) + length)];
    }

    private static byte[] WithOffset(Random random, byte[] json)
    {
        var tree = System.Text.Json.Nodes.JsonNode.Parse(json);
        if (tree is System.Text.Json.Nodes.JsonObject { Count: > 0 } header
            && header.ElementAt(random.Next(header.Count)).Value is System.Text.Json.Nodes.JsonObject entry
            && entry[random.Next(2) == 0 ? "data_offsets" : "shape"] is System.Text.Json.Nodes.JsonArray { Count: > 0 } numbers)
        {
            numbers[random.Next(numbers.Count)] = Numbers[random.Next(Numbers.Length)];
        }

        return JsonSerializer.SerializeToUtf8Bytes(tree);
    }
}
