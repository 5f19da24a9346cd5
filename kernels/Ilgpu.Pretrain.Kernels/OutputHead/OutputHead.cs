namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// The output head and its softmax cross-entropy, chunk by chunk of tokens: logits only ever exist for one chunk. Made of
/// <see cref="Matmul"/> and <see cref="CrossEntropy"/>, so it has their rungs.
/// </summary>
/// <remarks>
/// The chunk is what logits have rows for. It decides in which order the weights' gradient is summed, so it is part of what
/// decides a run's bits; losses and the hidden states' gradient do not depend on it.
/// </remarks>
public sealed class OutputHead
{
    private readonly Matmul matmul;
    private readonly CrossEntropy crossEntropy;

    public OutputHead(Device device, Rung? rung = null)
    {
        matmul = Matmul.Create(device, rung);
        crossEntropy = CrossEntropy.Create(device, rung);
    }

    /// <summary>Tokens a chunk, decided by the shape alone: as many as keep a chunk's logits near 4 MB, but 256 at least.</summary>
    /// <remarks>
    /// Each chunk goes through the whole of the weights and their gradient, which a large vocabulary takes from memory: with
    /// 50257 words and width 768 on two cores, chunks of 256 tokens took .7 of the time of chunks of 64, and larger ones hardly
    /// less than that. With a small vocabulary a chunk that stays in cache is the faster one.
    /// </remarks>
    public static int ChunkTokens(int tokens, int vocabulary)
    {
        const int TargetLogits = 1 << 20;
        const int LeastTokens = 256;
        return Math.Min(tokens, Math.Max(LeastTokens, TargetLogits / vocabulary / 64 * 64));
    }

    /// <summary>The losses of all tokens.</summary>
    /// <param name="losses">1 x tokens; overwritten.</param>
    /// <param name="hidden">tokens x width: the final norm's output.</param>
    /// <param name="weights">vocabulary x width.</param>
    /// <param name="targets">1 x tokens; each in [-1, vocabulary).</param>
    /// <param name="logits">Scratch of chunk x vocabulary: <see cref="ChunkTokens"/> is a good chunk, and one token the least.</param>
    public void Forward(
        in Tensor<float> losses,
        in Tensor<float> hidden,
        in Tensor<float> weights,
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
    /// <param name="logits">Scratch of chunk x vocabulary: <see cref="ChunkTokens"/> is a good chunk, and one token the least.</param>
    /// <param name="gradientScale">1 / (tokens of the whole batch) for the gradient of a mean loss.</param>
    /// <param name="accumulate">Whether weightGradient is added to, or overwritten.</param>
    public void ForwardBackward(
        in Tensor<float> losses,
        in Tensor<float> hiddenGradient,
        in Tensor<float> weightGradient,
        in Tensor<float> hidden,
        in Tensor<float> weights,
        in Tensor<int> targets,
        in Tensor<float> logits,
        float gradientScale,
        bool accumulate)
    {
        RequireShapes(losses, hidden, weights, targets, logits);
        Shape.Require(hiddenGradient, hidden.Rows, hidden.Columns);
        Shape.Require(weightGradient, weights.Rows, weights.Columns);
        int step = logits.Rows;
        for (int first = 0; first < hidden.Rows; first += step)
        {
            int count = Math.Min(step, hidden.Rows - first);
            Tensor<float> chunk = logits.RowRange(0, count);
            Tensor<float> hiddenChunk = hidden.RowRange(first, count);
            matmul.Multiply(chunk, hiddenChunk, weights, MatmulLayout.NT);
            crossEntropy.ForwardBackward(losses.Stretch(first, count), chunk, targets.Stretch(first, count), gradientScale);
            bool addToGradient = accumulate || first > 0;
            matmul.Multiply(weightGradient, chunk, hiddenChunk, MatmulLayout.TN, addToGradient ? weightGradient : null);
            matmul.Multiply(hiddenGradient.RowRange(first, count), chunk, weights, MatmulLayout.NN);
        }
    }

    private static void RequireShapes(
        in Tensor<float> losses,
        in Tensor<float> hidden,
        in Tensor<float> weights,
        in Tensor<int> targets,
        in Tensor<float> logits)
    {
        Shape.Require(losses, 1, hidden.Rows);
        Shape.Require(targets, 1, hidden.Rows);
        Shape.Require(weights, weights.Rows, hidden.Columns);
        Shape.Require(logits, Math.Max(1, logits.Rows), weights.Rows);
    }
}
