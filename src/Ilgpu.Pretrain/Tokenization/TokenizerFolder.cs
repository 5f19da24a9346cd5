namespace Ilgpu.Pretrain.Tokenization;

/// <summary>A tokenizer beside what was made with it: a dataset or a run keeps its own, wherever the file it came from has gone.</summary>
internal static class TokenizerFolder
{
    /// <summary>Writes the tokenizer's file, if it has one, and brings it to the disk.</summary>
    public static void Save(Tokenizer tokenizer, string folder)
    {
        if (tokenizer.HasFile)
            tokenizer.SaveTo(Path.Combine(folder, tokenizer.Name));
    }

    /// <summary>The tokenizer that was saved in a folder.</summary>
    /// <param name="folder">Where it was saved.</param>
    /// <param name="name">Its <see cref="Tokenizer.Name"/>.</param>
    /// <exception cref="InputException">Its file is missing or damaged.</exception>
    public static Tokenizer Load(string folder, string name) =>
        name == ByteTokenizer.TokenizerName ? ByteTokenizer.Instance : Tokenizer.Load(Path.Combine(folder, Path.GetFileName(name)));
}
