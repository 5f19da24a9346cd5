using System.Text;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Text as people can see it on one line: tokens apart, line ends and control characters visible.</summary>
internal static class TokenText
{
    /// <summary>Tokens with a bar between them.</summary>
    public static string Cut(Tokenizer tokenizer, IReadOnlyList<int> ids) =>
        string.Join('|', ids.Select(id => Visible(tokenizer.Show(id))));

    public static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            visible.Append(c switch
            {
                '\n' => "⏎",
                '\r' => "␍",
                '\t' => "⇥",
                _ when char.IsControl(c) => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return visible.ToString();
    }
}
