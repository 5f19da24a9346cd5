using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Tokenization;

public class ByteTokenizerTests
{
    private static readonly Tokenizer Bytes = Tokenizer.Load("bytes");

    [Fact]
    public void Arbitrary_bytes_come_back() => Prop.ForAll<byte[]>(bytes =>
    {
        var ids = new ArrayBufferWriter<int>();
        Bytes.Encode(bytes, ids);
        return Bytes.Decode(ids.WrittenSpan).AsSpan().SequenceEqual(bytes);
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Ids_are_byte_values_and_end_of_text_is_the_last_id()
    {
        Assert.Equal([0xE2, 0x82, 0xAC, 'x'], Bytes.Encode("€x"));
        Assert.Equal(257, Bytes.VocabularySize);
        Assert.Equal(256, Bytes.EndOfText);
    }

    [Fact]
    public void Encoding_appends()
    {
        var ids = new ArrayBufferWriter<int>();
        Bytes.Encode("ab"u8, ids);
        Bytes.Encode(""u8, ids);
        Bytes.Encode("c"u8, ids);
        Assert.Equal(['a', 'b', 'c'], ids.WrittenSpan.ToArray());
    }

    [Fact]
    public void End_of_text_decodes_to_nothing() => Assert.Equal("ab", Bytes.DecodeText(['a', 256, 'b', 256]));

    [Fact]
    public void Decoded_text_replaces_what_is_not_utf8() => Assert.Equal("a\uFFFDb", Bytes.DecodeText(['a', 0xFF, 'b']));

    [Theory]
    [InlineData(-1)]
    [InlineData(257)]
    public void Ids_outside_the_vocabulary_are_refused(int id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Bytes.Decode([id]));

    [Fact]
    public void The_fingerprint_is_the_same_in_every_version()
    {
        Assert.Equal("1063b9f73ba5f4d918fcea18731cdc44812f797ea8b013c0f28d87b13546d248", Bytes.Fingerprint);
        Assert.Same(Bytes, Tokenizer.Load(Bytes.Name));
    }

    [Fact]
    public void An_unknown_tokenizer_is_named_with_what_is_taken()
    {
        var e = Assert.Throws<InputException>(() => Tokenizer.Load("gpt5"));
        Assert.StartsWith("tokenizer: 'gpt5' is not there; it takes bytes, a Hugging Face tokenizer.json", e.Message, StringComparison.Ordinal);
    }
}
