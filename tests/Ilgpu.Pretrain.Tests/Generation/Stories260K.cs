using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Generation;

/// <summary>
/// A trained Llama from elsewhere with its expected output, in the formats it comes in: weights in llama2.c's legacy
/// format, its tokenizer, and ids and logits of a greedy continuation as safetensors.
/// </summary>
internal static class Stories260K
{
    private const string Folder = "reference";
    private const string Name = "stories260K";

    /// <summary>The model on the CPU device, made for one sequence of <paramref name="length"/> tokens.</summary>
    public static LlamaModel Load(int length)
    {
        byte[] file = File.ReadAllBytes(SharedData.Require(Folder, Name, $"{Name}.bin"));
        int[] header = MemoryMarshal.Cast<byte, int>(file.AsSpan(0, 7 * sizeof(int))).ToArray();
        var config = new LlamaConfig
        {
            Name = Name,
            Hidden = header[0],
            Mlp = header[1],
            Layers = header[2],
            Heads = header[3],
            KeyValueHeads = header[4],
            Vocabulary = Math.Abs(header[5]),
            Context = header[6],
            TiedEmbeddings = header[5] > 0,
        };
        var model = new LlamaModel(TestDevices.Cpu, config, new LlamaModelOptions(1, length));
        Dictionary<string, NamedParameter> named = model.Layout.Named.ToDictionary(each => each.Name);
        int offset = 7 * sizeof(int);
        Read("model.embed_tokens.weight");
        ReadLayers("input_layernorm");
        ReadLayers("self_attn.q_proj", rotated: true);
        ReadLayers("self_attn.k_proj", rotated: true);
        ReadLayers("self_attn.v_proj");
        ReadLayers("self_attn.o_proj");
        ReadLayers("post_attention_layernorm");
        ReadLayers("mlp.gate_proj");
        ReadLayers("mlp.down_proj");
        ReadLayers("mlp.up_proj");
        Read("model.norm.weight");
        int rotaryTables = config.Context * config.HeadSize * sizeof(float);
        Assert.Equal(file.Length, offset + rotaryTables);
        return model;

        void ReadLayers(string name, bool rotated = false)
        {
            for (int layer = 0; layer < config.Layers; layer++)
                Read($"model.layers.{layer}.{name}.weight", rotated);
        }

        void Read(string name, bool rotated = false)
        {
            NamedParameter parameter = named[name];
            int count = parameter.Rows * parameter.Columns;
            float[] values = MemoryMarshal.Cast<byte, float>(file.AsSpan(offset, count * sizeof(float))).ToArray();
            parameter.In(model.Parameters).CopyFrom(rotated ? HalfSplit(values, config.HeadSize, parameter.Columns) : values);
            offset += count * sizeof(float);
        }
    }

    /// <summary>The ids of the greedy continuation, the first one the beginning-of-text token, and the logits at each.</summary>
    public static (int[] Ids, float[] Logits) Reference()
    {
        byte[] file = File.ReadAllBytes(SharedData.Require(Folder, Name, "greedy_reference.safetensors"));
        int headerLength = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        ReadOnlySpan<byte> Data(string name)
        {
            JsonElement offsets = header.RootElement.GetProperty(name).GetProperty("data_offsets");
            int from = offsets[0].GetInt32();
            return file.AsSpan(8 + headerLength + from, offsets[1].GetInt32() - from);
        }

        long[] ids = MemoryMarshal.Cast<byte, long>(Data("token_ids")).ToArray();
        return (Array.ConvertAll(ids, id => (int)id), MemoryMarshal.Cast<byte, float>(Data("logits_f64_numpy")).ToArray());
    }

    /// <summary>The text of ids as llama2.c prints it: no space after the beginning of the text, byte tokens as bytes.</summary>
    public static string Decode(IReadOnlyList<int> ids)
    {
        byte[][] pieces = Pieces();
        var text = new List<byte>();
        for (int i = 1; i < ids.Count; i++)
        {
            ReadOnlySpan<byte> piece = pieces[ids[i]];
            if (ids[i - 1] == 1 && piece is [(byte)' ', ..])
                piece = piece[1..];
            if (piece.Length == 6 && piece.StartsWith("<0x"u8))
                text.Add(Convert.ToByte(Encoding.ASCII.GetString(piece[3..5]), 16));
            else
                text.AddRange(piece);
        }

        return Encoding.UTF8.GetString([.. text]);
    }

    private static byte[][] Pieces()
    {
        byte[] file = File.ReadAllBytes(SharedData.Require(Folder, Name, "tok512.bin"));
        var pieces = new List<byte[]>();
        int offset = sizeof(int);
        while (offset < file.Length)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(offset + sizeof(float)));
            offset += sizeof(float) + sizeof(int);
            pieces.Add(file[offset..(offset + length)]);
            offset += length;
        }

        return [.. pieces];
    }

    /// <summary>Rows of rotary pairs side by side (2i, 2i + 1) to halves (i, i + headSize / 2), in each head.</summary>
    private static float[] HalfSplit(float[] interleaved, int headSize, int columns)
    {
        var split = new float[interleaved.Length];
        for (int row = 0; row < interleaved.Length / columns; row++)
        {
            int within = row % headSize;
            int target = row - within + (within / 2) + (within % 2 * (headSize / 2));
            Array.Copy(interleaved, row * columns, split, target * columns, columns);
        }

        return split;
    }
}
