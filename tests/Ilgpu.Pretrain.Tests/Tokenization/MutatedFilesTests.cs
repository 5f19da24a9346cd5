using System.Text;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Tests.Fuzzing;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>
/// Files with random faults are read, or refused in one line. Whatever is read keeps the promises of a tokenizer: its text
/// comes back, and so does it itself from the file it writes.
/// </summary>
public sealed class MutatedFilesTests
{
    private const int MutationCount = 2000;

    [Fact]
    public void Tokenizer_json_is_read_or_refused() => Mutate(
        "tokenizer.json",
        Encoding.UTF8.GetBytes(TokenizerFiles.HuggingFace(Small([new(261, "<x>", Special: true), new(262, "  ", Special: false)])).ToJsonString()));

    [Fact]
    public void Tokenizer_json_of_llama_3s_form_is_read_or_refused() => Mutate(
        "tokenizer.json",
        Encoding.UTF8.GetBytes(TokenizerFiles.HuggingFace(Small([]) with { Pieces = PreTokenization.Llama3, WholePiecesFirst = true }).ToJsonString()));

    [Fact]
    public void Tokenizer_json_of_characters_is_read_or_refused() => Mutate(
        "tokenizer.json",
        TokenizerFiles.Written(CharacterTokenizer.Of([.. "abé\n🙂".EnumerateRunes()], withEndOfText: true)));

    [Fact]
    public void Tokenizer_json_of_llama_2s_form_is_read_or_refused() => Mutate("tokenizer.json", ByteFallback(metaspace: null));

    [Fact]
    public void Tokenizer_json_with_Metaspace_is_read_or_refused() => Mutate("tokenizer.json", ByteFallback("\"prepend_scheme\": \"first\", \"split\": false"));

    [Fact]
    public void A_vocabulary_is_read_or_refused()
    {
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(Small([new(261, "<x>", Special: true)]));
        Mutate("vocab.json", vocabulary, [("merges.txt", Encoding.UTF8.GetBytes(string.Join('\n', merges)))]);
    }

    [Fact]
    public void Merges_are_read_or_refused()
    {
        (byte[] vocabulary, string[] merges) = TokenizerFiles.Gpt2(Small([]));
        Mutate("merges.txt", Encoding.UTF8.GetBytes(string.Join('\n', merges)), [("vocab.json", vocabulary)]);
    }

    [Fact]
    public void Ranks_are_read_or_refused() =>
        Mutate("x.tiktoken", Encoding.UTF8.GetBytes(string.Join('\n', TokenizerFiles.Tiktoken(Small([])))));

    [Fact]
    public void Tokenizer_bin_is_read_or_refused() =>
        Mutate("tokenizer.bin", TokenizerFiles.Llama2c((" ", -1), ("a", -2), ("b", -3), ("ab", -1), (" ab", -0.5f), ("é", -7)));

    internal static byte[] ByteFallback(string? metaspace)
    {
        JsonObject file = ByteFallbackFiles.Of([" ", "a", "b", "c", "d", "ab", " ab", "cd", "abcd", "é"], "a|b", " |ab", "c|d", "ab|cd");
        file["model"]!["vocab"]!["<x>"] = 269;
        file["added_tokens"]!.AsArray().Add(ByteFallbackFiles.Added(269, "<x>", special: false));
        return Encoding.UTF8.GetBytes((metaspace is null ? file : file.WithMetaspace(metaspace)).ToJsonString());
    }

    private static BytePairModel Small(AddedToken[] added) => TrainedTokenizers.Of(["a b", "ab c", "c d", "Ġ a", "Ġa b"], added);

    /// <param name="name">The file to be spoilt.</param>
    /// <param name="content">Valid.</param>
    /// <param name="others">Files beside it; a vocabulary among them is the one that is read.</param>
    private static void Mutate(string name, byte[] content, (string Name, byte[] Content)[]? others = null)
    {
        Random random = new TokenizerInputs().Random;
        using var folder = new MemoryFolder();
        foreach ((string other, byte[] bytes) in others ?? [])
            _ = folder.Write(other, bytes);
        Tokenizer Load(byte[] from)
        {
            string file = folder.Write(name, from);
            return Tokenizer.Load(name == "merges.txt" ? Path.Combine(folder.Path, "vocab.json") : file, PreTokenization.Gpt2);
        }

        RequireSound(Load(content));
        int refused = 0;
        for (int mutation = 0; mutation < MutationCount; mutation++)
        {
            bool inTree = Path.GetExtension(name) == ".json" && random.Next(2) == 0;
            byte[] mutated = inTree ? MutatedTree.Of(random, content) : Mutations.WithFaults(random, content);
            try
            {
                RequireSound(Load(mutated));
            }
            catch (InputException e)
            {
                refused++;
                Assert.DoesNotContain(e.Message, letter => char.IsControl(letter) || letter is '\u2028' or '\u2029');
                Assert.True(e.Message.Length < 500 + folder.Path.Length, e.Message);
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {mutation}: {e}\n{Encoding.Latin1.GetString(mutated)}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{refused} of {MutationCount} refused");
        Assert.InRange(refused, 1, MutationCount - 1);
    }

    private static void RequireSound(Tokenizer tokenizer)
    {
        const string Text = " ab abcd  cd <x> aab\n";
        if (tokenizer is CharacterTokenizer)
        {
            _ = tokenizer.AddedTokens.Sum(token => TokenizerInputs.EncodeWithSpecialTokens(tokenizer, token.Content).Length);
        }
        else
        {
            int[] ids = tokenizer.Encode(Text);
            // With a prefix space, as each text between added tokens gets one, they come back too.
            if (tokenizer is not (BytePairTokenizer { Model.PrefixSpace: true } or ByteFallbackTokenizer))
                Assert.Equal(Text, tokenizer.DecodeText(ids));
            Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
            _ = TokenizerInputs.EncodeWithSpecialTokens(tokenizer, Text);
        }

        Assert.Equal(tokenizer.Fingerprint, TokenizerFiles.WrittenAndRead(tokenizer).Fingerprint);
    }
}
