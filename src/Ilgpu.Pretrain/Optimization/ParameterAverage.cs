using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Optimization;

/// <summary>
/// The exponential moving average of parameters over the steps, corrected as Adam corrects its moments (Kingma and Ba, arXiv
/// 1412.6980, section 7.2): after t steps, step s weighs <c>(1 - d) d^(t - s) / (1 - d^t)</c>, and the initial parameters
/// nothing.
/// </summary>
public sealed class ParameterAverage : IDisposable
{
    private readonly double decay;
    private readonly Slab<float> parameters;
    private readonly Slab<BFloat16>? rounded;
    private readonly MovingAverage op;

    /// <param name="device">Where everything lives.</param>
    /// <param name="decay">What a step's weight is multiplied with at each step after it; in (0, 1).</param>
    /// <param name="parameters">Of which it is the average.</param>
    /// <param name="rounded">Laid out like <paramref name="parameters"/>, written with them; null where nothing takes them rounded.</param>
    /// <param name="rung">Null: the best that the device can run.</param>
    public ParameterAverage(Device device, double decay, Slab<float> parameters, Slab<BFloat16>? rounded = null, Rung? rung = null)
    {
        if (!(decay > 0 && decay < 1))
            throw new ArgumentOutOfRangeException(nameof(decay), decay, "An average's decay lies in (0, 1).");
        this.decay = decay;
        this.parameters = parameters;
        this.rounded = rounded;
        op = MovingAverage.Create(device, rung);
        Slab = new Slab<float>(device, parameters.Layout);
    }

    /// <summary>The average, laid out like the parameters; zero before the first step.</summary>
    public Slab<float> Slab { get; }

    /// <summary>Steps averaged so far; set when a checkpoint is restored.</summary>
    public long Steps { get; set; }

    /// <summary>Takes the parameters as they are after a step.</summary>
    public void Add()
    {
        Steps++;
        op.Add(Slab.View, parameters.View, (1 - decay) / (1 - Math.Pow(decay, Steps)));
    }

    /// <summary>Does something with the average in the parameters' place; afterwards these are what they were, to the bit.</summary>
    public T InPlace<T>(Func<T> use)
    {
        Swap();
        try
        {
            return use();
        }
        finally
        {
            Swap();
        }
    }

    public void Dispose() => Slab.Dispose();

    private void Swap() => op.Swap(Slab.View, parameters.View, rounded?.View ?? default);
}
