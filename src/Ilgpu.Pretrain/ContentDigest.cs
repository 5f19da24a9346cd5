using System.Security.Cryptography;
using System.Text;

namespace Ilgpu.Pretrain;

/// <summary>SHA-256 in lower-case hexadecimal digits, and the ids that are its first 16.</summary>
internal static class ContentDigest
{
    private const int IdDigits = 16;

    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Of the rest of a stream.</summary>
    public static string Of(Stream content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Of the UTF-8 of a text.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>The name of what has a hash.</summary>
    public static string IdOf(string hash) => hash[..IdDigits];

    /// <summary>Whether a text could be such a name.</summary>
    public static bool IsId(string text) => text.Length == IdDigits && text.All(char.IsAsciiHexDigitLower);
}
