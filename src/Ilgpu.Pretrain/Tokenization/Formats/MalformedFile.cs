namespace Ilgpu.Pretrain.Tokenization;

/// <summary>What is wrong with a tokenizer's file, by its file.</summary>
internal static class MalformedFile
{
    public static InputException Because(string file, string what, Exception? inner = null)
    {
        string message = $"tokenizer: '{file}': {what}";
        return inner is null ? new InputException(message) : new InputException(message, inner);
    }
}
