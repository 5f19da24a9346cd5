using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Modeling;

/// <summary>How a <see cref="LlamaModel"/> is going to be used: what its memory is planned for.</summary>
/// <param name="Batch">Sequences a call takes at most.</param>
/// <param name="Length">Tokens a sequence.</param>
public sealed record LlamaModelOptions(int Batch, int Length)
{
    /// <summary>Whether there are gradients; without them the activations of one layer serve all.</summary>
    public bool Training { get; init; }

    /// <summary>Probability of dropping an element after the embedding and at the end of each residual branch; 0 for none.</summary>
    public float Dropout { get; init; }

    /// <summary>Weight of the z-loss, <c>ZLoss (log Z)^2</c> a token, in the gradients; losses are without it. 0 for none.</summary>
    public float ZLoss { get; init; }

    /// <summary>Keep only each layer's input and run the layer again before its backward pass: less memory, a third more work, the same bits.</summary>
    public bool Recompute { get; init; }

    /// <summary>What the residual branches compute in.</summary>
    public ComputePrecision Precision { get; init; }

    /// <summary>The rung of every op, for tests; null for the best that the device runs.</summary>
    public Rung? Rung { get; init; }

    public int Tokens => Batch * Length;

    /// <summary>What the teachers of a model with these options are made with: the same batches, without training.</summary>
    public LlamaModelOptions OfTeacher() => new(Batch, Length) { Precision = Precision, Rung = Rung };

    /// <exception cref="InputException">An option is out of its range for this model.</exception>
    public void Validate(LlamaConfig config)
    {
        InputException.ThrowUnless(Batch >= 1, "--batch", Batch, "a whole number from 1");
        InputException.ThrowUnless(
            Length >= 1 && Length <= config.Context,
            "the length of a window",
            Length,
            $"a whole number from 1 to {config.Context} (the context of model '{config.Name}')");
        if ((long)Batch * Length > int.MaxValue / 64)
            throw new InputException($"A batch of {Batch} x {Length} tokens is too large; at most {int.MaxValue / 64} tokens fit.");
        if (!(Dropout >= 0 && Dropout < 1))
            throw new InputException($"A dropout probability lies in [0, 1); it is {Dropout}.");
    }

    /// <exception cref="InputException">The device does not compute in the precision.</exception>
    public void RequirePrecision(Device device)
    {
        if (Precision == ComputePrecision.Fp32 || device.Runs(Kernels.Rung.TensorCore) || Rung == Kernels.Rung.Naive)
            return;
        string why = device.Description.ComputeCapability is { } capability
            ? FormattableString.Invariant($"is of sm_{capability}")
            : "is none";
        throw new InputException($"--precision was given bf16, which takes an NVIDIA GPU of sm_80 or newer; {device.Description.Specification} {why}. It takes fp32 here.");
    }
}
