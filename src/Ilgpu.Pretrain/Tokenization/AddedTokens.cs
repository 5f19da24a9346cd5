using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Finds added tokens in text: the leftmost, and of several there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<byte, (AddedToken Token, byte[] Utf8)[]> longestFirst;
    private readonly SearchValues<byte> firstBytes;

    /// <param name="tokens">None empty, none twice.</param>
    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        (AddedToken Token, byte[] Utf8)[] all = [.. tokens.Select(token => (token, Encoding.UTF8.GetBytes(token.Content)))];
        longestFirst = all
            .GroupBy(entry => entry.Utf8[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(entry => entry.Utf8.Length).ToArray());
        firstBytes = SearchValues.Create([.. longestFirst.Keys]);
    }

    public delegate void TextEncoder(ReadOnlySpan<byte> text, IBufferWriter<int> ids);

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
        at = 0;
        while (text[at..].IndexOfAny(firstBytes) is >= 0 and var distance)
        {
            at += distance;
            foreach ((AddedToken candidate, byte[] utf8) in longestFirst[text[at]])
            {
                if (!text[at..].StartsWith(utf8))
                    continue;
                length = utf8.Length;
                token = candidate;
                return true;
            }

            at++;
        }

        length = 0;
        token = null;
        return false;
    }
}
