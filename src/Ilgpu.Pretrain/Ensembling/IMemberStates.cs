namespace Ilgpu.Pretrain.Ensembling;

/// <summary>The members' final hidden states on the validation part, batch by batch, however the members are held.</summary>
internal interface IMemberStates : IDisposable
{
    /// <summary>Shows the batches from one to before another, in their order; may be called again.</summary>
    void Visit(int first, int end, MemberStatesVisitor visitor, CancellationToken cancellation);
}
