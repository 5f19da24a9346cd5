using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>GPT-2's pair of files.</summary>
public sealed class VocabularyAndMergesTests
{
    private static readonly BytePairModel Model = TrainedTokenizers.Model(PreTokenization.Gpt2);

    [Theory]
    [InlineData("", "\n")]
    [InlineData("#version: 0.2\n", "\n")]
    [InlineData("#version: 0.2\r\n", "\r\n")]
    [InlineData("", "\r\n")]
    public void Merges_are_read_with_any_head_and_any_line_ends(string head, string lineEnd)
    {
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(Model);
        using var folder = new TemporaryFolder();
        _ = folder.Write("merges.txt", head + string.Join(lineEnd, merges) + lineEnd);
        var tokenizer = Tokenizer.Load(folder.Write("vocab.json", vocabulary));
        Assert.Equal(new BytePairTokenizer(Model).Fingerprint, tokenizer.Fingerprint);
        Assert.Equal(Tokenizer.EndOfTextName, tokenizer.Show(tokenizer.EndOfText!.Value));
    }

    [Fact]
    public void A_first_merge_that_begins_as_a_head_does_is_a_merge()
    {
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(TrainedTokenizers.Of(["# #", "## #"]));
        using var folder = new TemporaryFolder();
        _ = folder.Write("merges.txt", string.Join('\n', merges));
        var tokenizer = Tokenizer.Load(folder.Write("vocab.json", vocabulary));
        _ = Assert.Single(tokenizer.Encode("###"));
    }

    [Theory]
    [InlineData("vocab.json", "merges.txt")]
    [InlineData("gpt2_vocab.json", "gpt2_merges.txt")]
    [InlineData("my-Vocab.json", "my-merges.txt")]
    public void The_merges_lie_beside_the_vocabulary_under_its_name(string vocabularyName, string mergesName)
    {
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(Model);
        using var folder = new TemporaryFolder();
        string file = folder.Write(vocabularyName, vocabulary);
        var e = Assert.Throws<InputException>(() => Tokenizer.Load(file));
        Assert.Equal($"tokenizer: '{file}': it takes its merges from '{folder[mergesName]}', which is not there", e.Message);
        _ = folder.Write(mergesName, string.Join('\n', merges));
        Assert.Equal(new BytePairTokenizer(Model).Fingerprint, Tokenizer.Load(file).Fingerprint);
    }

    [Theory]
    [InlineData("a", "line 2 is 'a'; a merge is two tokens with a space between them")]
    [InlineData("a b c", "line 2 is 'a b c'; a merge is two tokens")]
    [InlineData("a  b", "line 2 is 'a  b'; a merge is two tokens")]
    [InlineData(" a", "line 2 is ' a'; a merge is two tokens")]
    [InlineData("#version: 0.2", "merge 2 ('#version: 0.2') has the token '#version:0.2', which the vocabulary lacks")]
    [InlineData("\u0001 \u0002", "merge 2 ('\\u0001 \\u0002') has the token '\\u0001\\u0002', which the vocabulary lacks")]
    public void A_line_that_is_no_merge_is_refused(string line, string complaint)
    {
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(Model);
        using var folder = new TemporaryFolder();
        _ = folder.Write("merges.txt", $"{merges[0]}\n{line}\n{string.Join('\n', merges[1..])}");
        var e = Assert.Throws<InputException>(() => Tokenizer.Load(folder.Write("vocab.json", vocabulary)));
        Assert.Contains(complaint, e.Message, StringComparison.Ordinal);
    }

    /// <summary>The files do not say which tokens are special: those of several characters that no merge makes.</summary>
    [Fact]
    public void A_merge_of_a_token_that_no_merge_makes_is_refused()
    {
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(TrainedTokenizers.Of(["a b", "ab c"]));
        using var folder = new TemporaryFolder();
        _ = folder.Write("merges.txt", merges[1]);
        var e = Assert.Throws<InputException>(() => Tokenizer.Load(folder.Write("vocab.json", vocabulary)));
        Assert.Contains("merge 1 ('ab c') has the token 'ab', which is an added or special token", e.Message, StringComparison.Ordinal);
    }
}
