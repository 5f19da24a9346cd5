namespace Ilgpu.Pretrain.Kernels;

/// <summary>Token embedding: row t of the output is row ids[t] of the table.</summary>
public abstract class Embedding
{
    public static Embedding Create(Device device, Rung? rung = null) =>
        Ladder.Create<Embedding>(
            nameof(Embedding),
            device,
            rung,
            (Rung.Naive, device => new EmbeddingNaive(device)),
            (Rung.Cpu, Widest.Of<Func<Device, Embedding>>(
                device => new EmbeddingCpu<Floats512>(device),
                device => new EmbeddingCpu<Floats256>(device),
                device => new EmbeddingCpu<Floats128>(device))),
            (Rung.Gpu, device => new EmbeddingGpu(device)));

    /// <summary>
    /// Bytes of device memory that the Gpu rung allocates for itself when <see cref="Backward"/> is first called with so
    /// many tokens and such a vocabulary, and keeps. The other rungs take none.
    /// </summary>
    public static long GpuScratchBytes(int tokens, int vocabulary) => EmbeddingGpu.ScratchBytes(tokens, vocabulary);

    /// <summary>output[t] = table[ids[t]].</summary>
    /// <param name="output">tokens x width; overwritten.</param>
    /// <param name="ids">1 x tokens; each in [0, vocabulary): the caller's promise, since ids lie on the device.</param>
    /// <param name="table">vocabulary x width.</param>
    public void Forward(in Tensor<float> output, in Tensor<int> ids, in Tensor<float> table)
    {
        Shape.Require(ids, 1, output.Rows);
        Shape.Require(output, ids.Columns, table.Columns);
        LaunchForward(output, ids, table);
    }

    /// <summary>tableGradient[v] = (accumulate ? tableGradient[v] : 0) + the sum of outputGradient[t] over t with ids[t] = v, in order of t.</summary>
    /// <param name="tableGradient">vocabulary x width.</param>
    /// <param name="outputGradient">tokens x width.</param>
    /// <param name="ids">1 x tokens.</param>
    /// <param name="accumulate">Whether to add to what tableGradient holds.</param>
    public void Backward(
        in Tensor<float> tableGradient,
        in Tensor<float> outputGradient,
        in Tensor<int> ids,
        bool accumulate)
    {
        Shape.Require(ids, 1, outputGradient.Rows);
        Shape.Require(outputGradient, ids.Columns, tableGradient.Columns);
        LaunchBackward(tableGradient, outputGradient, ids, accumulate);
    }

    private protected abstract void LaunchForward(in Tensor<float> output, in Tensor<int> ids, in Tensor<float> table);

    private protected abstract void LaunchBackward(
        in Tensor<float> tableGradient,
        in Tensor<float> outputGradient,
        in Tensor<int> ids,
        bool accumulate);
}
