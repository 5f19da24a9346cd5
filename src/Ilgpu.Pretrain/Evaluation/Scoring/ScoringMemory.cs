using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>The activations of a member's pass over one batch, in one slab: one set serves all layers.</summary>
internal sealed class ScoringMemory : IDisposable
{
    private readonly Slab<float> slab;
    private readonly Entries entries;

    public ScoringMemory(Device device, LlamaConfig config, TreeLimits limits)
    {
        SlabLayout layout = Layout(config, limits, out entries);
        slab = new Slab<float>(device, layout);
    }

    /// <summary>Bytes that it takes.</summary>
    public static long Bytes(LlamaConfig config, TreeLimits limits) => Layout(config, limits, out _).Length * sizeof(float);

    /// <summary>rows x hidden.</summary>
    public Tensor<float> Residual(int rows) => slab[entries.Residual].RowRange(0, rows);

    /// <summary>rows x hidden.</summary>
    public Tensor<float> Normed(int rows) => slab[entries.Normed].RowRange(0, rows);

    /// <summary>1 x rows.</summary>
    public Tensor<float> InverseRms(int rows) => slab[entries.InverseRms].Stretch(0, rows);

    /// <summary>rows x qkv columns.</summary>
    public Tensor<float> Qkv(int rows) => slab[entries.Qkv].RowRange(0, rows);

    /// <summary>cells x qkv columns.</summary>
    public Tensor<float> CellQkv(int cells) => slab[entries.CellQkv].RowRange(0, cells);

    /// <summary>rows x hidden.</summary>
    public Tensor<float> Attended(int rows) => slab[entries.Attended].RowRange(0, rows);

    /// <summary>cells x hidden.</summary>
    public Tensor<float> CellAttended(int cells) => slab[entries.CellAttended].RowRange(0, cells);

    /// <summary>(sequences heads) x length.</summary>
    public Tensor<float> LogSumExp(int rows, int length) => slab[entries.LogSumExp].Stretch(0, checked(rows * length)).Reshape(rows, length);

    /// <summary>rows x 2 mlp.</summary>
    public Tensor<float> GateUp(int rows) => slab[entries.GateUp].RowRange(0, rows);

    /// <summary>rows x mlp.</summary>
    public Tensor<float> Gated(int rows) => slab[entries.Gated].RowRange(0, rows);

    /// <summary>entries x hidden.</summary>
    public Tensor<float> Scored(int count) => slab[entries.Scored].RowRange(0, count);

    public void Dispose() => slab.Dispose();

    private static SlabLayout Layout(LlamaConfig config, TreeLimits limits, out Entries entries)
    {
        var layout = new SlabLayout();
        entries = new Entries(
            layout.Reserve("residual", limits.Rows, config.Hidden),
            layout.Reserve("normed", limits.Rows, config.Hidden),
            layout.Reserve("inverse_rms", 1, limits.Rows),
            layout.Reserve("qkv", limits.Rows, config.QkvColumns),
            layout.Reserve("cell_qkv", limits.Cells, config.QkvColumns),
            layout.Reserve("attended", limits.Rows, config.Hidden),
            layout.Reserve("cell_attended", limits.Cells, config.Hidden),
            layout.Reserve("log_sum_exp", 1, checked(limits.Cells * config.Heads)),
            layout.Reserve("gate_up", limits.Rows, 2 * config.Mlp),
            layout.Reserve("gated", limits.Rows, config.Mlp),
            layout.Reserve("scored", limits.Entries, config.Hidden));
        return layout;
    }

    private sealed record Entries(
        SlabEntry Residual,
        SlabEntry Normed,
        SlabEntry InverseRms,
        SlabEntry Qkv,
        SlabEntry CellQkv,
        SlabEntry Attended,
        SlabEntry CellAttended,
        SlabEntry LogSumExp,
        SlabEntry GateUp,
        SlabEntry Gated,
        SlabEntry Scored);
}
