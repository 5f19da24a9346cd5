using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Evaluation;

/// <summary>Texts as requests: where the continuation begins, and what stands before.</summary>
public sealed class ContextEncoderTests
{
    private static readonly Tokenizer Bytes = Tokenizer.Load("bytes");

    [Theory]
    [InlineData("ab", " cd", EvaluationStart.Always, 256, 6, 3)]
    [InlineData("ab", " cd", EvaluationStart.Empty, 256, 5, 2)]
    [InlineData("ab", " cd", EvaluationStart.Always, null, 5, 2)]
    [InlineData("", "cd", EvaluationStart.Empty, 256, 3, 1)]
    [InlineData("ab ", "cd", EvaluationStart.Empty, 256, 5, 2)]
    public void The_continuation_begins_behind_the_context(string context, string continuation, EvaluationStart rule, int? start, int length, int first)
    {
        var encoder = new ContextEncoder(Bytes, start, rule);
        ContinuationRequest request = encoder.Encode(context, continuation, "row");
        Assert.Equal(length, request.Ids.Length);
        Assert.Equal(first, request.First);
        Assert.Equal(0, encoder.WithoutFirstToken);
    }

    [Fact]
    public void Without_a_token_between_documents_the_first_token_of_a_text_is_not_scored()
    {
        var encoder = new ContextEncoder(Bytes, start: null, EvaluationStart.Always);
        Assert.Equal(1, encoder.Encode("", "abc", "row").First);
        Assert.Equal(1, encoder.WithoutFirstToken);
        Assert.StartsWith("row: nothing of 'a' can be scored", Assert.Throws<InputException>(() => encoder.Encode("", "a", "row")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_span_the_seam_belong_to_the_continuation()
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(SharedData.Require("tokenizers", "bpe_reference"), "gpt2_vocab.json"));
        var encoder = new ContextEncoder(tokenizer, start: null, EvaluationStart.Always);
        ContinuationRequest request = encoder.Encode("Question: why?\nAnswer: ", "because", "row");
        Assert.Equal(tokenizer.Encode("Question: why?\nAnswer:").Length, request.First);
        Assert.Equal(tokenizer.Encode("Question: why?\nAnswer: because"), request.Ids.ToArray());
        // A word that is one token, parted before its last letter.
        string word = tokenizer.DecodeText(tokenizer.Encode("unlikely").AsSpan(0, 1));
        ContinuationRequest melted = encoder.Encode(word[..^1], word[^1..], "row");
        Assert.True(melted.Ids.Length > melted.First);
    }
}
