using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Finds added tokens in text: the leftmost, and of several there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly (AddedToken Token, byte[] Utf8)[] longestFirst;
    private readonly Dictionary<int, byte[]> texts;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        longestFirst = [.. tokens
            .Select(token => (Token: token, Utf8: Encoding.UTF8.GetBytes(token.Content)))
            .OrderByDescending(entry => entry.Utf8.Length)];
        texts = longestFirst.Where(entry => !entry.Token.Special).ToDictionary(entry => entry.Token.Id, entry => entry.Utf8);
    }

    public delegate void TextEncoder(ReadOnlySpan<byte> text, IBufferWriter<int> ids);

    /// <summary>What a token stands for in a text: itself, or nothing where it is special.</summary>
    public ReadOnlySpan<byte> TextOf(int id) => texts.GetValueOrDefault(id);

    /// <summary>Appends the ids of the tokens that are written out in a text, and of the text around them.</summary>
    public void EncodeAround(ReadOnlySpan<byte> text, IBufferWriter<int> ids, TextEncoder encodeText)
    {
        while (FindFirst(text, out int at, out int length, out AddedToken? token))
        {
            encodeText(text[..at], ids);
            ids.Write([token.Id]);
            text = text[(at + length)..];
        }

        encodeText(text, ids);
    }

    /// <summary>The first token that is written out in a text, where it begins and how many bytes it takes.</summary>
    public bool FindFirst(ReadOnlySpan<byte> text, out int at, out int length, [NotNullWhen(true)] out AddedToken? token)
    {
        at = text.Length;
        length = 0;
        token = null;
        foreach ((AddedToken candidate, byte[] utf8) in longestFirst)
        {
            // What begins at the best so far or behind it is not looked for.
            int end = token is null ? text.Length : Math.Min(text.Length, at + utf8.Length - 1);
            int found = text[..end].IndexOf(utf8);
            if (found < 0)
                continue;
            at = found;
            length = utf8.Length;
            token = candidate;
        }

        return token is not null;
    }
}
