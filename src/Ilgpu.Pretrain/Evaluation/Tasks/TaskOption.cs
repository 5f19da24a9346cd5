using System.Text;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>One of the texts that a row weighs against each other.</summary>
/// <param name="Context">What goes before and is not scored; may be empty.</param>
/// <param name="Continuation">What is scored.</param>
public sealed record TaskOption(string Context, string Continuation)
{
    /// <summary>UTF-8 bytes of the choice, which is the continuation without the space that parts it from the context: what acc_norm divides by.</summary>
    public int Bytes => Encoding.UTF8.GetByteCount(Continuation.AsSpan(Continuation.StartsWith(' ') ? 1 : 0));
}
