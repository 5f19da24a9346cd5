using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Generation;

namespace Ilgpu.Pretrain.Studies;

/// <summary>How a step's student is taught.</summary>
/// <param name="Kind">How several teachers are taken together.</param>
internal abstract record Teaching(TeacherKind Kind)
{
    /// <summary>By text that the teachers sample.</summary>
    /// <param name="Kind">How several teachers write it.</param>
    /// <param name="Weight">Of its windows in every batch, in (0, 1).</param>
    /// <param name="Tokens">Of the text; null for as many as an epoch mixes in.</param>
    /// <param name="Length">Tokens of a sequence; null for the teachers' windows.</param>
    /// <param name="Sampling">How tokens are drawn.</param>
    public sealed record Synthetic(TeacherKind Kind, double Weight, long? Tokens, int? Length, SamplingOptions Sampling) : Teaching(Kind)
    {
        public const double DefaultWeight = .75;

        public long TokensFor(long realTokens) => Tokens ?? (long)Math.Ceiling(realTokens * Weight / (1 - Weight));
    }

    /// <summary>By the teachers' probabilities of every token.</summary>
    /// <param name="Kind">Of what their mean is.</param>
    /// <param name="Alpha">Their weight in the loss.</param>
    /// <param name="Temperature">That logits are divided by.</param>
    public sealed record Soft(TeacherKind Kind, double Alpha, double Temperature) : Teaching(Kind);
}
