namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Text of words and of white space of every kind, of characters of one to four bytes.</summary>
internal static class RandomText
{
    private static readonly string[] Parts =
        [" ", " ", " ", "\n", "\r\n", "\t", "  ", "\u00A0", "\u3000", "a", "word", "é", "模型", "🙂", ".", "\"", "\\", new string('x', 30)];

    public static string Make(Random random, int parts) => string.Concat(random.GetItems(Parts, parts));
}
