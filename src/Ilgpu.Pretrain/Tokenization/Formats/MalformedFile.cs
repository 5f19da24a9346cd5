namespace Ilgpu.Pretrain.Tokenization;

/// <summary>What is wrong with a tokenizer's file, in one line whatever the file holds.</summary>
internal static class MalformedFile
{
    public static InputException Because(string file, string what, Exception? inner = null)
    {
        string message = Printable.OneLine($"tokenizer: '{file}': {what}");
        return inner is null ? new InputException(message) : new InputException(message, inner);
    }
}
