namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// GPT-2's pieces: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Gpt2PieceScanner : PieceScanner
{
    public override int EndOf(ReadOnlySpan<byte> text, int start)
    {
        CharacterClass first = CharacterClasses.At(text, start, out int length);
        int next = start + length;
        if (text[start] == '\'' && ContractionLength(text[next..], ignoreCase: false) is > 0 and var contraction)
            return next + contraction;
        if (first != CharacterClass.WhiteSpace)
            return CharacterClasses.EndOfRun(text, next, first);
        if (text[start] == ' ' && next < text.Length
            && CharacterClasses.At(text, next, out int nextLength) is not CharacterClass.WhiteSpace and var second)
            return CharacterClasses.EndOfRun(text, next + nextLength, second);
        return EndOfWhiteSpace(text, start, CharacterClasses.EndOfRun(text, next, CharacterClass.WhiteSpace));
    }
}
