namespace Ilgpu.Pretrain.Tokenization;

/// <summary>What the patterns of pre-tokenisation tell apart.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Punctuation, symbols, marks, and bytes that are no UTF-8.</summary>
    Other,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c>: Unicode's White_Space.</summary>
    WhiteSpace,
}
