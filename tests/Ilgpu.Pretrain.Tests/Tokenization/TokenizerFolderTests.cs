using System.Text;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Which file of a folder is taken, and what is said where there is none.</summary>
public sealed class TokenizerFolderTests
{
    [Fact]
    public void A_folder_is_its_tokenizer_json_its_vocabulary_its_ranks_or_its_bin()
    {
        BytePairModel model = TrainedTokenizers.Of(["a b"]);
        using var folder = new TemporaryFolder();
        _ = folder.Write("x.tiktoken", string.Join('\n', TokenizerFiles.Tiktoken(model)));
        Assert.Equal("byte-level BPE, Llama3 pieces", Tokenizer.Load(folder.Path, PreTokenization.Llama3).Description);
        _ = folder.Write("tokenizer.bin", TokenizerFiles.Llama2c((" ", -1)));
        Assert.Equal("merging by score (llama2.c)", Tokenizer.Load(folder.Path).Description);
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(model);
        _ = folder.Write("vocab.json", vocabulary);
        _ = folder.Write("merges.txt", string.Join('\n', merges));
        Assert.Equal(new BytePairTokenizer(model).Fingerprint, Tokenizer.Load(folder.Path).Fingerprint);
        var characters = CharacterTokenizer.Of([new Rune('a')], withEndOfText: true);
        _ = folder.Write("tokenizer.json", TokenizerFiles.Written(characters));
        Assert.Equal(characters.Fingerprint, Tokenizer.Load(folder.Path).Fingerprint);
    }

    [Fact]
    public void A_folder_of_none_or_of_several_ranks_is_refused()
    {
        using var folder = new TemporaryFolder();
        var none = Assert.Throws<InputException>(() => Tokenizer.Load(folder.Path));
        Assert.Equal($"tokenizer: '{folder.Path}': the folder has no tokenizer.json, vocab.json, tokenizer.bin and 0 .tiktoken files; it takes one of them", none.Message);
        _ = folder.Write("a.tiktoken", "");
        _ = folder.Write("b.tiktoken", "");
        var two = Assert.Throws<InputException>(() => Tokenizer.Load(folder.Path));
        Assert.EndsWith("and 2 .tiktoken files; it takes one of them", two.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer.txt", ".txt")]
    [InlineData("tokenizer", "")]
    public void A_file_of_another_kind_is_refused_with_what_is_taken(string name, string extension)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(name, "x");
        var e = Assert.Throws<InputException>(() => Tokenizer.Load(file));
        Assert.StartsWith($"tokenizer: '{file}': the extension is '{extension}'; it takes a Hugging Face tokenizer.json", e.Message, StringComparison.Ordinal);
    }
}
