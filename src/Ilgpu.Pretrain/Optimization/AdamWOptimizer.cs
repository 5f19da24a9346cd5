using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>AdamW over a slab of parameters: owns both moments and the count of steps, clips by the global norm.</summary>
public sealed class AdamWOptimizer : IOptimizer
{
    private readonly AdamWSettings settings;
    private readonly Slab<float> parameters;
    private readonly Slab<float> gradients;
    private readonly Slab<BFloat16>? rounded;
    private readonly long decayedLength;
    private readonly long first;
    private readonly AdamW adamW;
    private readonly GradientNorm gradientNorm;
    private readonly DeviceBuffer<float> normBuffer;
    private readonly DeviceBuffer<double> scratchBuffer;
    private readonly Tensor<float> norm;
    private readonly Tensor<double> scratch;
    private readonly StagedCopy<float> normOnHost;

    /// <param name="device">Where everything lives.</param>
    /// <param name="settings">Betas, decay, clip.</param>
    /// <param name="parameters">Updated by <see cref="TryStep"/>.</param>
    /// <param name="gradients">Laid out like <paramref name="parameters"/>; gaps are zero.</param>
    /// <param name="decayedLength">The first so many parameters are decayed.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    /// <param name="rounded">Laid out like <paramref name="parameters"/>, written with them; null where nothing takes them rounded.</param>
    /// <param name="first">Parameters before this one are another optimizer's: their gradients count in the norm, and that is all.</param>
    public AdamWOptimizer(
        Device device,
        AdamWSettings settings,
        Slab<float> parameters,
        Slab<float> gradients,
        long decayedLength,
        Rung? rung = null,
        Slab<BFloat16>? rounded = null,
        long first = 0)
    {
        this.first = first;
        this.rounded = rounded;
        this.settings = settings;
        this.parameters = parameters;
        this.gradients = gradients;
        this.decayedLength = decayedLength;
        adamW = AdamW.Create(device, rung);
        gradientNorm = GradientNorm.Create(device, rung);
        int blocks = GradientNorm.Scratch(gradients.View.Length);
        normBuffer = device.Allocate<float>(2);
        scratchBuffer = device.Allocate<double>(blocks);
        norm = new Tensor<float>(normBuffer.View, 1, 2);
        normOnHost = new StagedCopy<float>(device, 2);
        scratch = new Tensor<double>(scratchBuffer.View, 1, blocks);
        FirstMoment = new Slab<float>(device, parameters.Layout, first, parameters.Layout.Length - first);
        SecondMoment = new Slab<float>(device, parameters.Layout, first, parameters.Layout.Length - first);
    }

    public Slab<float> FirstMoment { get; }

    public Slab<float> SecondMoment { get; }

    /// <summary>1 x 2, of the last step: the norm and the factor that clips.</summary>
    internal Tensor<float> Norm => norm;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Slab<float> Slab)> State => [("first_moment", FirstMoment), ("second_moment", SecondMoment)];

    /// <inheritdoc/>
    public long StepsTaken { get; set; }

    /// <inheritdoc/>
    public bool TryStep(StepRates rates, out float globalNorm)
    {
        gradientNorm.Compute(norm, gradients.View, (float)settings.ClipNorm, scratch);
        normOnHost.Fetch(norm);
        globalNorm = normOnHost.Host[0];
        if (!float.IsFinite(globalNorm))
            return false;
        StepsTaken++;
        long count = parameters.View.Length - first;
        adamW.Step(
            parameters.View.SubView(first, count),
            gradients.View.SubView(first, count),
            FirstMoment.View,
            SecondMoment.View,
            decayedLength - first,
            norm,
            new AdamWStep(rates.LearningRate, rates.WeightDecay, settings.Beta1, settings.Beta2, settings.Epsilon, StepsTaken),
            rounded?.View.SubView(first, count) ?? default);
        return true;
    }

    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
        normOnHost.Dispose();
        normBuffer.Dispose();
        scratchBuffer.Dispose();
    }
}
