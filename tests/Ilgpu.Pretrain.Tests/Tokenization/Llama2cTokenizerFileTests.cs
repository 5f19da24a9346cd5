using System.Buffers.Binary;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public sealed class Llama2cTokenizerFileTests
{
    private const int Least = 259;

    private static readonly byte[] Valid = TokenizerFiles.Llama2c((" ", -1), ("ab", -2));

    [Fact]
    public void A_file_cut_anywhere_is_refused_or_is_one_of_fewer_tokens()
    {
        int whole = 0;
        for (int length = 0; length < Valid.Length; length++)
        {
            byte[] cut = Valid[..length];
            if (length == Valid.Length - 10 || length == Valid.Length - 10 - 9)
            {
                whole++;
                Assert.InRange(Load(cut).VocabularySize, Least, Least + 1);
                continue;
            }

            string message = Complaint(cut);
            Assert.True(
                message.Contains("ends within token", StringComparison.Ordinal) || message.Contains("three special ones and 256 bytes are the least", StringComparison.Ordinal),
                message);
        }

        Assert.Equal(2, whole);
    }

    [Theory]
    [InlineData(0, -4, "says that token 0 has 5 bytes, and the longest -4")]
    [InlineData(0, 4, "says that token 0 has 5 bytes, and the longest 4")]
    [InlineData(8, -1, "says that token 0 has -1 bytes, and the longest 6; a token has one or more")]
    [InlineData(8, 0, "says that token 0 has 0 bytes")]
    [InlineData(8, int.MaxValue, "says that token 0 has 2147483647 bytes")]
    public void A_length_that_cannot_be_is_refused(int at, int length, string complaint)
    {
        byte[] file = [.. Valid];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), length);
        Assert.Contains(complaint, Complaint(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_beyond_the_file_is_refused()
    {
        byte[] file = [.. Valid];
        BinaryPrimitives.WriteInt32LittleEndian(file, int.MaxValue);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), int.MaxValue);
        Assert.EndsWith("not llama2.c's: it ends within token 0", Complaint(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_score_that_is_no_number_is_refused(float score, string shown)
    {
        string message = Complaint(TokenizerFiles.Llama2c((" ", -1), ("a", score)));
        Assert.EndsWith($"it has the score {shown} for token 260; a score is a finite number", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_two_tokens_have_is_refused() => Assert.EndsWith(
        "it has 'a' twice, as token 260 and as token 261",
        Complaint(TokenizerFiles.Llama2c((" ", -1), ("a", -1), ("a", -2))),
        StringComparison.Ordinal);

    [Fact]
    public void Fewer_tokens_than_the_bytes_are_refused() => Assert.EndsWith(
        "it has 258 tokens; three special ones and 256 bytes are the least",
        Complaint(TokenizerFiles.Llama2c()[..^14]),
        StringComparison.Ordinal);

    [Fact]
    public void Bytes_in_another_place_are_refused()
    {
        byte[] file = [.. Valid];
        int at = file.AsSpan().IndexOf("<0x41>"u8);
        "<0x42>"u8.CopyTo(file.AsSpan(at));
        Assert.EndsWith("it has '<0x42>' as token 68; '<0x41>' belongs there", Complaint(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Special_tokens_without_a_name_of_their_own_are_refused()
    {
        byte[] file = [.. Valid];
        "\n<s>\n "u8.CopyTo(file.AsSpan(file.AsSpan().IndexOf("\n</s>\n"u8)));
        Assert.EndsWith("it has a special token (0 to 2) without a name of its own", Complaint(file), StringComparison.Ordinal);
    }

    private static string Complaint(byte[] file)
    {
        var e = Assert.Throws<InputException>(() => Load(file));
        Assert.DoesNotContain(e.Message, char.IsControl);
        return e.Message;
    }

    private static Tokenizer Load(byte[] file)
    {
        using var folder = new MemoryFolder();
        return Tokenizer.Load(folder.Write("tokenizer.bin", file));
    }
}
