using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// The files that llm.c's CPU trainer reads, with random contents: a checkpoint (version 3, fp32) and tokens (version 1,
/// 16 bits). Both begin with 256 integers of 32 bits, and everything is little-endian.
/// </summary>
internal static class LlmcFiles
{
    public const int HeaderBytes = HeaderIntegers * sizeof(int);

    private const int HeaderIntegers = 256;
    private const int CheckpointMagic = 20240326;
    private const int CheckpointVersion = 3;
    private const int TokensMagic = 20240520;
    private const int TokensVersion = 1;

    /// <summary>GPT-2's standard deviation at the start of training.</summary>
    private const float InitialDeviation = .02f;

    private const int ChunkLength = 1 << 16;

    /// <summary>Where the trainer looks, below the folder that it is started in.</summary>
    private static readonly string[] TokenFiles = ["tiny_shakespeare_train.bin", "tiny_shakespeare_val.bin"];

    /// <summary>Writes everything that the trainer opens under its working folder.</summary>
    public static void WriteAll(string folder, Gpt2Shape shape, int tokens)
    {
        using (FileStream checkpoint = File.Create(Path.Combine(folder, "gpt2_124M.bin")))
            WriteCheckpoint(checkpoint, shape, seed: 1);
        string data = Path.Combine(folder, "dev", "data", "tinyshakespeare");
        Directory.CreateDirectory(data);
        for (int i = 0; i < TokenFiles.Length; i++)
        {
            using FileStream file = File.Create(Path.Combine(data, TokenFiles[i]));
            WriteTokens(file, tokens, shape.Vocabulary, seed: 2 + i);
        }
    }

    public static void WriteCheckpoint(Stream file, Gpt2Shape shape, int seed)
    {
        WriteHeader(file, CheckpointMagic, CheckpointVersion, shape.Context, shape.Vocabulary, shape.Layers, shape.Heads, shape.Width, shape.PaddedVocabulary);
        var random = new Random(seed);
        float[] values = new float[ChunkLength];
        foreach (Gpt2Tensor tensor in shape.Tensors)
        {
            long used = tensor.Name == "wte" ? (long)shape.Vocabulary * shape.Width : tensor.Length;
            for (long start = 0; start < tensor.Length; start += ChunkLength)
            {
                int length = (int)Math.Min(ChunkLength, tensor.Length - start);
                for (int i = 0; i < length; i++)
                    values[i] = start + i < used ? Initial(tensor.Kind, random) : 0;
                WriteFloats(file, values.AsSpan(0, length));
            }
        }
    }

    public static void WriteTokens(Stream file, int count, int vocabulary, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabulary, ushort.MaxValue + 1);
        WriteHeader(file, TokensMagic, TokensVersion, count);
        var random = new Random(seed);
        byte[] tokens = new byte[count * sizeof(ushort)];
        for (int i = 0; i < count; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(tokens.AsSpan(i * sizeof(ushort)), (ushort)random.Next(vocabulary));
        file.Write(tokens);
    }

    /// <summary>Matrices are spread evenly, with the deviation that GPT-2 starts with.</summary>
    private static float Initial(Gpt2TensorKind kind, Random random) => kind switch
    {
        Gpt2TensorKind.Matrix => ((2 * random.NextSingle()) - 1) * InitialDeviation * MathF.Sqrt(3),
        Gpt2TensorKind.Scale => 1,
        _ => 0,
    };

    private static void WriteHeader(Stream file, params ReadOnlySpan<int> fields)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        for (int i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(header[(i * sizeof(int))..], fields[i]);
        file.Write(header);
    }

    private static void WriteFloats(Stream file, Span<float> values)
    {
        Span<int> bits = MemoryMarshal.Cast<float, int>(values);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(bits, bits);
        file.Write(MemoryMarshal.AsBytes(bits));
    }
}
