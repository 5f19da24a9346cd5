using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>The teachers of a student, whose forward passes run over the student's batch, and what its head makes of them.</summary>
/// <remarks>
/// Nothing of the size of logits is allocated: teachers come with room for a chunk of their own, as large as the student's. The
/// first one's takes their average, the last one's each one's in turn.
/// </remarks>
/// <typeparam name="T">Elements of the residual branches, the student's and the teachers'.</typeparam>
internal sealed class SoftTargets<T> : IDisposable
    where T : unmanaged
{
    private readonly LlamaPasses<T>[] passes;
    private readonly DeviceBuffer<float> divergences;

    /// <param name="device">Where everything lies.</param>
    /// <param name="passes">The teachers', over as many tokens and words as the student's.</param>
    /// <param name="tokens">Of a micro-batch.</param>
    /// <param name="averaging">Of what of several teachers.</param>
    /// <param name="mix">Of text and teachers.</param>
    /// <param name="rung">For tests; null for the best.</param>
    public SoftTargets(Device device, LlamaPasses<T>[] passes, int tokens, EnsembleAveraging averaging, SoftTargetMix mix, Rung? rung)
    {
        this.passes = passes;
        Mix = mix;
        Head = new DistillationHead<T>(device, averaging, rung);
        Teachers = new DistillationTeachers<T>(
            [.. passes.Select(teacher => teacher.Normed)],
            [.. passes.Select(teacher => teacher.Head)],
            passes[0].ChunkLogits,
            passes[^1].ChunkLogits);
        divergences = device.Allocate<float>(tokens);
        Divergences = new Tensor<float>(divergences.View, 1, tokens);
    }

    public DistillationHead<T> Head { get; }

    public DistillationTeachers<T> Teachers { get; }

    public SoftTargetMix Mix { get; }

    /// <summary>1 x tokens.</summary>
    public Tensor<float> Divergences { get; }

    /// <summary>Bytes of device memory beside the teachers' own.</summary>
    public static long Bytes(int tokens) => (long)tokens * sizeof(float);

    /// <summary>Runs every teacher up to its final norm.</summary>
    /// <param name="inputs">1 x tokens: the student's.</param>
    public void Forward(in Tensor<int> inputs)
    {
        foreach (LlamaPasses<T> teacher in passes)
            teacher.HiddenStates(inputs);
    }

    public void Dispose() => divergences.Dispose();
}
