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
    public AdamWOptimizer(
        Device device,
        AdamWSettings settings,
        Slab<float> parameters,
        Slab<float> gradients,
        long decayedLength,
        Rung? rung = null,
        Slab<BFloat16>? rounded = null)
    {
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
        FirstMoment = new Slab<float>(device, parameters.Layout);
        SecondMoment = new Slab<float>(device, parameters.Layout);
    }

    public Slab<float> FirstMoment { get; }

    public Slab<float> SecondMoment { get; }

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
        adamW.Step(
            parameters.View,
            gradients.View,
            FirstMoment.View,
            SecondMoment.View,
            decayedLength,
            norm,
            new AdamWStep(rates.LearningRate, rates.WeightDecay, settings.Beta1, settings.Beta2, settings.Epsilon, StepsTaken),
            rounded?.View ?? default);
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
