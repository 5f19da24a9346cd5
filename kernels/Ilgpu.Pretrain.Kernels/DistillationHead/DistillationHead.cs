namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// A student's output head and its loss by soft labels, chunk by chunk of tokens: the student's logits, the teachers' and
/// their average only ever exist for one chunk. Made of <see cref="Matmul"/>, <see cref="EnsembleLogits"/> and
/// <see cref="DistillationCrossEntropy"/>, so it has their rungs.
/// </summary>
/// <remarks>
/// Chunks are those of <see cref="OutputHead{T}"/>, and what it says of their bits holds here. The teachers' sum is in their
/// order. A teacher alone is not averaged: its logits are taken as they are.
/// </remarks>
/// <typeparam name="T">Elements of hidden states and weights: fp32, or bf16 in mixed precision. Logits and losses are fp32 always.</typeparam>
public sealed class DistillationHead<T>
    where T : unmanaged
{
    private readonly Matmul<T> matmul;
    private readonly EnsembleLogits average;
    private readonly DistillationCrossEntropy<T> crossEntropy;

    public DistillationHead(Device device, EnsembleAveraging averaging, Rung? rung = null)
    {
        matmul = Matmul.Create<T>(device, rung);
        // A row's sums are no product of matrices: there the highest rung is Gpu.
        Rung? ofRows = rung == Rung.TensorCore ? Rung.Gpu : rung;
        average = EnsembleLogits.Create(device, averaging, ofRows);
        crossEntropy = DistillationCrossEntropy.Create<T>(device, ofRows);
    }

    /// <summary>Both parts of all tokens' losses, and the gradients of hidden states and weights by the mix of them.</summary>
    /// <param name="crossEntropies">1 x tokens; overwritten, neither weighted nor scaled.</param>
    /// <param name="divergences">1 x tokens; overwritten, neither weighted nor scaled.</param>
    /// <param name="hiddenGradient">tokens x width; overwritten. May be <paramref name="hidden"/> itself: a chunk's hidden states are last read before its gradient is written.</param>
    /// <param name="weightGradient">vocabulary x width.</param>
    /// <param name="hidden">tokens x width: the student's.</param>
    /// <param name="weights">vocabulary x width: the student's.</param>
    /// <param name="teachers">One at least, of as many tokens and words.</param>
    /// <param name="targets">1 x tokens; each in [-1, vocabulary).</param>
    /// <param name="logits">Scratch of chunk x vocabulary: <see cref="OutputHead.ChunkTokens"/> is a good chunk, and one token the least.</param>
    /// <param name="logitsGradient">Scratch as large as <paramref name="logits"/>; in fp32 it may be that itself.</param>
    /// <param name="mix">Of the two parts.</param>
    /// <param name="gradientScale">1 / (tokens of the whole batch) for the gradient of a mean loss.</param>
    /// <param name="accumulate">Whether weightGradient is added to, or overwritten.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or there is no teacher.</exception>
    public void ForwardBackward(
        in Tensor<float> crossEntropies,
        in Tensor<float> divergences,
        in Tensor<T> hiddenGradient,
        in Tensor<float> weightGradient,
        in Tensor<T> hidden,
        in Tensor<T> weights,
        DistillationTeachers<T> teachers,
        in Tensor<int> targets,
        in Tensor<float> logits,
        in Tensor<T> logitsGradient,
        SoftTargetMix mix,
        float gradientScale,
        bool accumulate)
    {
        RequireShapes(hidden, weights, teachers, logits);
        Shape.Require(crossEntropies, 1, hidden.Rows);
        Shape.Require(divergences, 1, hidden.Rows);
        Shape.Require(targets, 1, hidden.Rows);
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
            Tensor<float> teacherChunk = TeacherLogits(teachers, first, count);
            matmul.Multiply(chunk, hiddenChunk, weights, MatmulLayout.NT);
            crossEntropy.ForwardBackward(
                crossEntropies.Stretch(first, count),
                divergences.Stretch(first, count),
                gradient,
                chunk,
                teacherChunk,
                targets.Stretch(first, count),
                mix,
                gradientScale);
            bool addToGradient = accumulate || first > 0;
            matmul.Multiply(weightGradient, gradient, hiddenChunk, MatmulLayout.TN, addToGradient ? weightGradient : null);
            matmul.MultiplyRounded(hiddenGradient.RowRange(first, count), gradient, weights, MatmulLayout.NN);
        }
    }

    private Tensor<float> TeacherLogits(DistillationTeachers<T> teachers, int first, int count)
    {
        Tensor<float> sum = teachers.Logits.RowRange(0, count);
        if (teachers.Heads.Length == 1)
        {
            matmul.Multiply(sum, teachers.Hidden[0].RowRange(first, count), teachers.Heads[0], MatmulLayout.NT);
            return sum;
        }

        Tensor<float> member = teachers.MemberLogits.RowRange(0, count);
        for (int i = 0; i < teachers.Heads.Length; i++)
        {
            matmul.Multiply(member, teachers.Hidden[i].RowRange(first, count), teachers.Heads[i], MatmulLayout.NT);
            average.Accumulate(sum, member, i + 1);
        }

        average.Finish(sum, teachers.Heads.Length);
        return sum;
    }

    private static void RequireShapes(in Tensor<T> hidden, in Tensor<T> weights, DistillationTeachers<T> teachers, in Tensor<float> logits)
    {
        Shape.Require(weights, weights.Rows, hidden.Columns);
        Shape.Require(logits, Math.Max(1, logits.Rows), weights.Rows);
        Shape.Require(teachers.Logits, logits.Rows, logits.Columns);
        Shape.Require(teachers.MemberLogits, logits.Rows, logits.Columns);
        ArgumentOutOfRangeException.ThrowIfZero(teachers.Heads.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(teachers.Hidden.Length, teachers.Heads.Length);
        for (int i = 0; i < teachers.Heads.Length; i++)
        {
            Shape.Require(teachers.Hidden[i], hidden.Rows, teachers.Hidden[i].Columns);
            Shape.Require(teachers.Heads[i], weights.Rows, teachers.Hidden[i].Columns);
        }
    }
}
