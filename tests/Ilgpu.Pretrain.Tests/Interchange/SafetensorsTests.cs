using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Ilgpu.Pretrain.Interchange;

namespace Ilgpu.Pretrain.Tests.Interchange;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void A_file_reads_back_as_it_was_written()
    {
        float[] matrix = [1, -2.5f, float.MaxValue, float.Epsilon, 0, -0f];
        float[] vector = [3, 4];
        string path = NewPath();
        string hash;
        using (var writer = new SafetensorsWriter(path, [("a.weight", [2, 3]), ("empty", [0, 7]), ("b", [2])], new Dictionary<string, string> { ["format"] = "pt" }))
        {
            writer.Write(matrix.AsSpan(0, 1));
            writer.Write(matrix.AsSpan(1));
            writer.Write(vector);
            hash = writer.Finish();
        }

        using var reader = new SafetensorsReader(path);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), hash);
        Assert.Equal(["a.weight", "b"], reader.Entries.Where(entry => entry.Bytes > 0).Select(entry => entry.Name));
        Assert.Equal("pt", reader.Metadata["format"]);
        var read = new float[6];
        reader.Read(reader.Require("a.weight", [2, 3]), 0, read);
        Assert.Equal(matrix.Select(BitConverter.SingleToInt32Bits), read.Select(BitConverter.SingleToInt32Bits));
        reader.Read(reader.Require("b", [2]), 1, read.AsSpan(0, 1));
        Assert.Equal(4, read[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(reader.Require("b", [2]), 1, read.AsSpan(0, 2)));
    }

    /// <summary>Byte for byte what the format's description says, so that other programs can read our files.</summary>
    [Fact]
    public void The_layout_is_the_formats()
    {
        string path = NewPath();
        using (var writer = new SafetensorsWriter(path, [("w", [1, 2]), ("g", [1])]))
        {
            writer.Write([1, 2]);
            writer.Write([-1]);
            writer.Finish();
        }

        const string Json = """{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"g":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""";
        byte[] expected =
        [
            112, 0, 0, 0, 0, 0, 0, 0,
            .. Encoding.UTF8.GetBytes(Json.PadRight(112)),
            0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x80, 0xBF,
        ];
        Assert.Equal(expected, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "take 8 bytes and the file has 4")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "take 8 bytes and the file has 12")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "does not fill its data_offsets")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "begins at byte 4 where 0 was expected")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "begins at byte 4 where 8 was expected")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative extent")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "not a valid safetensors file")]
    [InlineData("""{"w":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "unknown dtype 'F31'")]
    [InlineData("""{"w":{"shape":[2],"data_offsets":[0,8]}}""", 8, "not a valid safetensors file")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", 8, "1 data_offsets instead of 2")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "not a valid safetensors file")]
    [InlineData("""["w"]""", 0, "not a valid safetensors file")]
    [InlineData("""{"w":""", 0, "not a valid safetensors file")]
    public void A_wrong_header_is_refused(string json, int dataBytes, string message)
    {
        string path = NewPath();
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(path, [.. length, .. Encoding.UTF8.GetBytes(json), .. new byte[dataBytes]]);
        AssertRefused(path, message);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 }, "has 3 bytes")]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, 123, 125 }, "announces a header of 9 bytes")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123, 125 }, "announces a header of 18446744073709551615 bytes")]
    public void A_wrong_length_is_refused(byte[] content, string message)
    {
        string path = NewPath();
        File.WriteAllBytes(path, content);
        AssertRefused(path, message);
    }

    [Fact]
    public void A_missing_file_or_tensor_or_another_shape_is_refused_by_name()
    {
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => new SafetensorsReader(NewPath())).Message, StringComparison.Ordinal);
        string path = NewPath();
        using (var writer = new SafetensorsWriter(path, [("w", [1, 2])]))
        {
            writer.Write([1, 2]);
            writer.Finish();
        }

        using var reader = new SafetensorsReader(path);
        Assert.Contains("no tensor 'v'", Assert.Throws<InputException>(() => reader.Require("v", [1])).Message, StringComparison.Ordinal);
        Assert.Contains("is [1, 2]; it has to be [2, 1]", Assert.Throws<InputException>(() => reader.Require("w", [2, 1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_writer_takes_exactly_what_was_declared()
    {
        using var writer = new SafetensorsWriter(NewPath(), [("w", [2])]);
        Assert.Throws<ArgumentException>(() => writer.Write([1, 2, 3]));
        writer.Write([1]);
        Assert.Throws<InvalidOperationException>(writer.Finish);
    }

    public void Dispose() => folder.Dispose();

    private static void AssertRefused(string path, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => new SafetensorsReader(path)).Message, StringComparison.Ordinal);

    private string NewPath() => folder[$"{Guid.NewGuid():N}.safetensors"];
}
