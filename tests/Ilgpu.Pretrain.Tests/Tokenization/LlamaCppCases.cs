namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>llama.cpp's texts with the ids that a vocabulary gives them, without special tokens.</summary>
internal static class LlamaCppCases
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    public static (string Text, int[] Ids)[] Of(string vocabulary)
    {
        string inputs = File.ReadAllText(SharedData.Require("tokenizers", "llama_cpp_vocab", vocabulary + ".gguf.inp"));
        string[] outputs = File.ReadAllLines(SharedData.Require("tokenizers", "llama_cpp_vocab", vocabulary + ".gguf.out"));
        string[] texts = inputs.Split(Separator);
        Assert.InRange(outputs.Length, texts.Length - 1, texts.Length);
        return [.. outputs.Select((line, i) => (texts[i], line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray()))];
    }
}
