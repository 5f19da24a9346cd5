using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>Makes the optimizer of a model.</summary>
public static class Optimizers
{
    /// <param name="kind">Which one.</param>
    /// <param name="model">Made for training.</param>
    /// <param name="adamW">Of all parameters, or of those that Muon leaves.</param>
    /// <param name="muon">Taken by <see cref="OptimizerKind.Muon"/> alone.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    public static IOptimizer Create(OptimizerKind kind, LlamaModel model, AdamWSettings adamW, MuonSettings muon, Rung? rung = null) => kind switch
    {
        OptimizerKind.Muon => new MuonOptimizer(model.Device, muon, adamW, model.Layout, model.Parameters, model.Gradients, rung, model.Rounded),
        _ => new AdamWOptimizer(model.Device, adamW, model.Parameters, model.Gradients, model.Layout.DecayedLength, rung, model.Rounded),
    };
}
