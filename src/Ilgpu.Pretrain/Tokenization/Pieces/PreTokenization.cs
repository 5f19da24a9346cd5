namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Into which pieces byte-level BPE parts a text before it merges bytes; no token crosses a piece.</summary>
public enum PreTokenization
{
    /// <summary>GPT-2's: words with the space before them, numbers, punctuation, white space.</summary>
    Gpt2,

    /// <summary>Llama 3's, which is cl100k's: as GPT-2's, but numbers by three digits and line ends for themselves.</summary>
    Llama3,
}
