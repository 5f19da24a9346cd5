using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>
/// Muon for the layers' matrices, <see cref="AdamWOptimizer"/> for embedding, head and gains; one norm over all gradients
/// clips both. Matrices take <see cref="MuonMatrix.UpdateScale"/>, so the same learning rate and decay suit both.
/// </summary>
public sealed class MuonOptimizer : IOptimizer
{
    private readonly MuonSettings settings;
    private readonly Slab<float> gradients;
    private readonly Slab<float> momentum;
    private readonly AdamWOptimizer rest;
    private readonly IMuonUpdate update;

    /// <param name="device">Where everything lives.</param>
    /// <param name="settings">Muon's own.</param>
    /// <param name="adamW">For the rest; the norm to clip to is both's.</param>
    /// <param name="layout">Of the parameters: which are matrices of layers.</param>
    /// <param name="parameters">Updated by <see cref="TryStep"/>.</param>
    /// <param name="gradients">Laid out like <paramref name="parameters"/>; gaps are zero.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <param name="rounded">Laid out like <paramref name="parameters"/>, written with them; null where products take fp32. Newton-Schulz computes in the same precision.</param>
    public MuonOptimizer(
        Device device,
        MuonSettings settings,
        AdamWSettings adamW,
        ParameterLayout layout,
        Slab<float> parameters,
        Slab<float> gradients,
        Rung? rung = null,
        Slab<BFloat16>? rounded = null)
    {
        this.settings = settings;
        this.gradients = gradients;
        rest = new AdamWOptimizer(device, adamW, parameters, gradients, layout.DecayedLength, rung, rounded, layout.HiddenLength);
        momentum = new Slab<float>(device, parameters.Layout, 0, layout.HiddenLength);
        var plan = new MuonPlan(layout.HiddenMatrices);
        update = rounded is null
            ? new MuonUpdate<float>(device, plan, parameters, rounded, rung)
            : new MuonUpdate<BFloat16>(device, plan, parameters, rounded, rung);
    }

    /// <inheritdoc/>
    public long StepsTaken
    {
        get => rest.StepsTaken;
        set => rest.StepsTaken = value;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Slab<float> Slab)> State => [("momentum", momentum), .. rest.State];

    /// <summary>Bytes of scratch memory that the iteration takes.</summary>
    internal static long ScratchBytes(ParameterLayout layout, ComputePrecision precision)
    {
        var plan = new MuonPlan(layout.HiddenMatrices);
        return precision == ComputePrecision.Bf16 ? plan.ScratchBytes<BFloat16>() : plan.ScratchBytes<float>();
    }

    /// <inheritdoc/>
    public bool TryStep(StepRates rates, out float globalNorm)
    {
        if (!rest.TryStep(rates, out globalNorm))
            return false;
        var step = new MuonStep(rates.LearningRate * settings.RateFactor, rates.WeightDecay);
        update.Step(momentum.View, gradients.View, rest.Norm, settings.Momentum, step);
        return true;
    }

    public void Dispose()
    {
        update.Dispose();
        momentum.Dispose();
        rest.Dispose();
    }
}
