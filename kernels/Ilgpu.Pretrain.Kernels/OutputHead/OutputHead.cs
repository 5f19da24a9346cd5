namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The output head and its softmax cross-entropy, chunk by chunk of tokens: logits only ever exist for one chunk. Made of
/// <see cref="Matmul"/> and <see cref="CrossEntropy"/>, so it has their rungs.
/// </summary>
/// <remarks>
/// The chunk is what logits have rows for. It decides in which order the weights' gradient is summed, so it is part of what
/// decides a run's bits; losses and the hidden states' gradient do not depend on it.
/// </remarks>
/// <typeparam name="T">Elements of hidden states and weights: fp32, or bf16 in mixed precision. Logits and losses are fp32 always.</typeparam>
public sealed class OutputHead<T>
    where T : unmanaged
{
    private readonly Matmul<T> matmul;
    private readonly CrossEntropy<T> crossEntropy;

    public OutputHead(Device device, Rung? rung = null)
    {
        matmul = Matmul.Create<T>(device, rung);
        // A row's sums are no product of matrices: there the highest rung is Gpu.
        crossEntropy = CrossEntropy.Create<T>(device, rung == Rung.TensorCore ? Rung.Gpu : rung);
    }

    /// <summary>The losses of all tokens.</summary>
    /// <param name="losses">1 x tokens; overwritten.</param>
    /// <param name="hidden">tokens x width: the final norm's output.</param>
    /// <param name="weights">vocabulary x width.</param>
    /// <param name="targets">1 x tokens; each in [-1, vocabulary).</param>
    /// <param name="logits">Scratch of chunk x vocabulary: <see cref="OutputHead.ChunkTokens"/> is a good chunk, and one token the least.</param>
    public void Forward(
        in Tensor<float> losses,
        in Tensor<T> hidden,
        in Tensor<T> weights,
        in Tensor<int> targets,
        in Tensor<float> logits)
    {
        RequireShapes(losses, hidden, weights, targets, logits);
        int step = logits.Rows;
        for (int first = 0; first < hidden.Rows; first += step)
        {
            int count = Math.Min(step, hidden.Rows - first);
            Tensor<float> chunk = logits.RowRange(0, count);
            matmul.Multiply(chunk, hidden.RowRange(first, count), weights, MatmulLayout.NT);
            crossEntropy.Forward(losses.Stretch(first, count), chunk, targets.Stretch(first, count));
        }
    }

    /// <summary>The losses of all tokens, and the gradients of hidden states and weights.</summary>
    /// <param name="losses">1 x tokens; overwritten, not scaled.</param>
    /// <param name="hiddenGradient">tokens x width; overwritten. May be <paramref name="hidden"/> itself: a chunk's hidden states are last read before its gradient is written.</param>
    /// <param name="weightGradient">vocabulary x width.</param>
    /// <param name="hidden">tokens x width.</param>
    /// <param name="weights">vocabulary x width.</param>
    /// <param name="targets">1 x tokens.</param>
    /// <param name="logits">Scratch of chunk x vocabulary: <see cref="OutputHead.ChunkTokens"/> is a good chunk, and one token the least.</param>
    /// <param name="logitsGradient">Scratch as large as <paramref name="logits"/>; in fp32 it may be that itself.</param>
    /// <param name="gradientScale">1 / (tokens of the whole batch) for the gradient of a mean loss.</param>
    /// <param name="accumulate">Whether weightGradient is added to, or overwritten.</param>
    /// <param name="zLoss">The weight of a z-loss, which is in the gradients and not in the losses; 0 for none.</param>
    public void ForwardBackward(
        in Tensor<float> losses,
        in Tensor<T> hiddenGradient,
        in Tensor<float> weightGradient,
        in Tensor<T> hidden,
        in Tensor<T> weights,
        in Tensor<int> targets,
        in Tensor<float> logits,
        in Tensor<T> logitsGradient,
        float gradientScale,
        bool accumulate,
        float zLoss = 0)
    {
        RequireShapes(losses, hidden, weights, targets, logits);
        Shape.Require(hiddenGradient, hidden.Rows, hidden.Columns);
        Shape.Require(weightGradient, weights.Rows, weights.Columns);
        Shape.Require(logitsGradient, logits.Rows, logits.Columns);
        int step = logits.Rows;
        for (int first = 0; first < hidden.Rows; first += step)
        {
            int count = Math.Min(step, hidden.Rows - first);
            Tensor<float> chunk = logits.RowRange(0, count);
            Tensor<T> gradient = logitsGradient.RowRange(0, count);
            Tensor<T> hiddenChunk = hidden.RowRange(first, count);
            matmul.Multiply(chunk, hiddenChunk, weights, MatmulLayout.NT);
            crossEntropy.ForwardBackward(losses.Stretch(first, count), gradient, chunk, targets.Stretch(first, count), gradientScale, zLoss);
            bool addToGradient = accumulate || first > 0;
            matmul.Multiply(weightGradient, gradient, hiddenChunk, MatmulLayout.TN, addToGradient ? weightGradient : null);
            matmul.MultiplyRounded(hiddenGradient.RowRange(first, count), gradient, weights, MatmulLayout.NN);
        }
    }

    private static void RequireShapes(
        in Tensor<float> losses,
        in Tensor<T> hidden,
        in Tensor<T> weights,
        in Tensor<int> targets,
        in Tensor<float> logits)
    {
        Shape.Require(losses, 1, hidden.Rows);
        Shape.Require(targets, 1, hidden.Rows);
        Shape.Require(weights, weights.Rows, hidden.Columns);
        Shape.Require(logits, Math.Max(1, logits.Rows), weights.Rows);
    }
}
