using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// A model's forward pass over a batch's tree, in fp32: from its tokens to the final norm's output at every scored token. The
/// ops are those of training, and none of them lets a row depend on the others, so that a token's bits on a CPU are what they
/// would be in a sequence by itself.
/// </summary>
internal sealed class ScoringPass : IDisposable
{
    private readonly LlamaModel model;
    private readonly LlamaOps<float> ops;
    private readonly ScoringMemory memory;
    private readonly RopeTable rope;
    private readonly float epsilon;

    /// <param name="model">Its parameters are read at every pass; it has to outlive this.</param>
    /// <param name="limits">Of the batches.</param>
    /// <param name="longest">Of the sequences.</param>
    public ScoringPass(LlamaModel model, TreeLimits limits, int longest)
    {
        this.model = model;
        LlamaConfig config = model.Config;
        ops = new LlamaOps<float>(model.Device, model.Options.Rung);
        memory = new ScoringMemory(model.Device, config, limits);
        rope = new RopeTable(model.Device, longest, config.HeadSize, config.RopeTheta);
        epsilon = (float)config.NormEpsilon;
    }

    /// <summary>The final norm's output behind which each entry is scored.</summary>
    /// <returns>entries x hidden: this pass's own memory, until its next call.</returns>
    public Tensor<float> Run(TreeOnDevice tree)
    {
        int rows = tree.RowTokens.Columns;
        Tensor<float> residual = memory.Residual(rows);
        Tensor<float> normed = memory.Normed(rows);
        Tensor<float> inverseRms = memory.InverseRms(rows);
        ops.Embedding.Forward(residual, tree.RowTokens, model.Weights.Embedding);
        foreach (LayerWeights w in model.Weights.Layers)
        {
            ops.RmsNorm.Forward(normed, inverseRms, residual, w.AttentionNorm, epsilon);
            ops.Matmul.Multiply(memory.Qkv(rows), normed, w.Qkv, MatmulLayout.NT);
            ops.Matmul.Multiply(residual, Attend(tree), w.AttentionOutput, MatmulLayout.NT, residual);

            ops.RmsNorm.Forward(normed, inverseRms, residual, w.MlpNorm, epsilon);
            ops.Matmul.Multiply(memory.GateUp(rows), normed, w.GateUp, MatmulLayout.NT);
            ops.SwiGlu.Forward(memory.Gated(rows), memory.GateUp(rows));
            ops.Matmul.Multiply(residual, memory.Gated(rows), w.Down, MatmulLayout.NT, residual);
        }

        ops.RmsNorm.Forward(normed, inverseRms, residual, model.Weights.FinalNorm, epsilon);
        Tensor<float> scored = memory.Scored(tree.EntryRows.Columns);
        ops.Embedding.Forward(scored, tree.EntryRows, normed);
        return scored;
    }

    public void Dispose()
    {
        rope.Dispose();
        memory.Dispose();
    }

    /// <summary>Attention of all rows: rows x hidden. Rows are brought to their cells and back by the look-up that embeds tokens.</summary>
    private Tensor<float> Attend(TreeOnDevice tree)
    {
        int rows = tree.RowTokens.Columns;
        int cells = tree.CellRows.Columns;
        Tensor<float> qkv = tree.IsDense ? memory.Qkv(rows) : memory.CellQkv(cells);
        Tensor<float> attended = tree.IsDense ? memory.Attended(rows) : memory.CellAttended(cells);
        if (!tree.IsDense)
            ops.Embedding.Forward(qkv, tree.CellRows, memory.Qkv(rows));
        foreach (TreeBlock block in tree.Blocks)
        {
            LlamaConfig config = model.Config;
            var shape = new AttentionShape(block.Sequences, block.Length, config.Heads, config.KeyValueHeads, config.HeadSize);
            Tensor<float> ofBlock = qkv.RowRange(block.FirstCell, shape.Tokens);
            ops.Rope.Forward(ofBlock, rope, shape);
            ops.Attention.Forward(attended.RowRange(block.FirstCell, shape.Tokens), memory.LogSumExp(block.Sequences * config.Heads, block.Length), ofBlock, shape);
        }

        if (tree.IsDense)
            return attended;
        ops.Embedding.Forward(memory.Attended(rows), tree.RowCells, attended);
        return memory.Attended(rows);
    }
}
