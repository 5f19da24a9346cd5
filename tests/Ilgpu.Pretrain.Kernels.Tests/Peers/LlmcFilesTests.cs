using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Bench;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Against llm.c's published layout: train_gpt2.c (fill_in_parameter_sizes, gpt2_build_from_checkpoint) and llmc/dataloader.h.</summary>
public sealed class LlmcFilesTests
{
    private static readonly Gpt2Shape Tiny = new(Context: 8, Vocabulary: 130, Layers: 2, Heads: 2, Width: 4);

    /// <summary>What llm.c prints for its checkpoint of 124M parameters.</summary>
    [Fact]
    public void The_124M_model_has_the_published_number_of_parameters()
    {
        Assert.Equal(50304, Gpt2Shape.Of124M.PaddedVocabulary);
        Assert.Equal(124_475_904, Gpt2Shape.Of124M.ParameterCount);
    }

    [Fact]
    public void A_checkpoint_begins_with_256_integers_and_holds_every_parameter_once()
    {
        byte[] file = Checkpoint(Tiny);
        Assert.Equal([20240326, 3, 8, 130, 2, 2, 4, 256], Integers(file)[..8]);
        Assert.All(Integers(file)[8..256], field => Assert.Equal(0, field));
        int parameters = (256 * 4) + (8 * 4) + (2 * ((4 * 4) + (12 * 4) + 12 + (4 * 4) + 4 + (16 * 4) + 16 + (4 * 16) + 4)) + (2 * 4);
        Assert.Equal(1024 + (4 * parameters), file.Length);
    }

    [Fact]
    public void Parameters_lie_in_the_order_of_the_trainer()
    {
        string[] names = [.. Tiny.Tensors.Select(tensor => tensor.Name)];
        Assert.Equal(["wte", "wpe", "ln1w", "ln1b", "qkvw", "qkvb", "attprojw", "attprojb", "ln2w", "ln2b", "fcw", "fcb", "fcprojw", "fcprojb", "lnfw", "lnfb"], names);

        float[] parameters = Parameters(Checkpoint(Tiny));
        int start = 0;
        foreach (Gpt2Tensor tensor in Tiny.Tensors)
        {
            float[] values = parameters[start..(start + (int)tensor.Length)];
            start += values.Length;
            switch (tensor.Kind)
            {
                case Gpt2TensorKind.Scale:
                    Assert.All(values, value => Assert.Equal(1, value));
                    break;
                case Gpt2TensorKind.Bias:
                    Assert.All(values, value => Assert.Equal(0, value));
                    break;
                default:
                    Assert.True(values.Distinct().Count() > values.Length / 3, $"{tensor.Name} is not random");
                    Assert.All(values, value => Assert.InRange(value, -.04f, .04f));
                    break;
            }
        }

        Assert.Equal(parameters.Length, start);
    }

    [Fact]
    public void Rows_past_the_vocabulary_are_zero()
    {
        float[] embedding = Parameters(Checkpoint(Tiny))[..(256 * 4)];
        Assert.All(embedding[(130 * 4)..], value => Assert.Equal(0, value));
        Assert.NotEqual(0, embedding[(130 * 4) - 1]);
    }

    [Fact]
    public void A_token_file_has_its_count_in_the_header_and_two_bytes_a_token_of_the_vocabulary()
    {
        using var stream = new MemoryStream();
        LlmcFiles.WriteTokens(stream, 500, vocabulary: 300, seed: 1);
        byte[] file = stream.ToArray();
        Assert.Equal(1024 + (2 * 500), file.Length);
        Assert.Equal([20240520, 1, 500], Integers(file)[..3]);
        Assert.All(Integers(file)[3..256], field => Assert.Equal(0, field));
        int[] tokens = [.. Enumerable.Range(0, 500).Select(i => (int)BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(1024 + (2 * i))))];
        Assert.All(tokens, token => Assert.InRange(token, 0, 299));
        Assert.True(tokens.Max() > byte.MaxValue);
    }

    [Fact]
    public void Files_lie_where_the_trainer_looks()
    {
        string folder = Directory.CreateTempSubdirectory("llmc-files-").FullName;
        try
        {
            LlmcFiles.WriteAll(folder, Tiny, tokens: 257);
            Assert.True(File.Exists(Path.Combine(folder, "gpt2_124M.bin")));
            foreach (string part in (string[])["train", "val"])
                Assert.Equal(1024 + (2 * 257), new FileInfo(Path.Combine(folder, "dev", "data", "tinyshakespeare", $"tiny_shakespeare_{part}.bin")).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Checkpoint(Gpt2Shape shape)
    {
        using var stream = new MemoryStream();
        LlmcFiles.WriteCheckpoint(stream, shape, seed: 1);
        return stream.ToArray();
    }

    private static int[] Integers(byte[] file) => [.. Enumerable.Range(0, 256).Select(i => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(i * 4)))];

    private static float[] Parameters(byte[] file) => MemoryMarshal.Cast<byte, float>(file.AsSpan(1024)).ToArray();
}
