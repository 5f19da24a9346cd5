using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>What stands behind each document.</summary>
public sealed class DatasetSeparatorTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();
    private readonly string[] texts;

    public DatasetSeparatorTests() => texts = workshop.WriteCorpus(12);

    public void Dispose() => workshop.Dispose();

    [Theory]
    [InlineData("bytes", 256)]
    [InlineData("bpe:300", 0)]
    public void It_is_the_end_of_text_unless_another_is_named(string tokenizer, int id)
    {
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = tokenizer });
        Assert.Equal(new DatasetSeparator("<|endoftext|>", id), dataset.Manifest.Separator);
        DatasetWorkshop.AssertHolds(texts, dataset);
        Assert.Equal(texts.Length, DatasetWorkshop.Ids(dataset, dataset.Train).Concat(DatasetWorkshop.Ids(dataset, dataset.Validation)).Count(other => other == id));
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("characters")]
    [InlineData("bpe:300")]
    public void None_leaves_nothing_between_documents(string tokenizer)
    {
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = tokenizer, Separator = "none" });
        Assert.Null(dataset.Separator);
        DatasetWorkshop.AssertHolds(texts, dataset);
        Assert.Equal(
            dataset.Manifest.Train.TextBytes + dataset.Manifest.Validation.TextBytes,
            dataset.Tokenizer.Decode([.. DatasetWorkshop.Ids(dataset, dataset.Train), .. DatasetWorkshop.Ids(dataset, dataset.Validation)]).LongLength);
        if (tokenizer != "bytes")
            Assert.Empty(dataset.Tokenizer.AddedTokens);
    }

    [Fact]
    public void A_special_token_of_a_file_can_be_named()
    {
        string file = Tokenizer("<|endoftext|>", "<|user|>", "<|assistant|>");
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = file, Separator = "<|assistant|>" });
        Assert.Equal(new DatasetSeparator("<|assistant|>", 2), dataset.Manifest.Separator);
        DatasetWorkshop.AssertHolds(texts, dataset);
    }

    [Fact]
    public void One_that_is_named_for_learned_pairs_is_their_special_token()
    {
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = "bpe:300", Separator = "<|end|>" });
        Assert.Equal(new AddedToken(0, "<|end|>", Special: true), Assert.Single(dataset.Tokenizer.AddedTokens));
        DatasetWorkshop.AssertHolds(texts, dataset);
    }

    [Fact]
    public void One_that_the_tokenizer_lacks_is_answered_with_those_it_has()
    {
        DatasetOptions options = workshop.Options with { Separator = "<|end|>" };
        Assert.Equal("the tokenizer has no special token '<|end|>'; it has: <|endoftext|>", workshop.Error(options));
        Assert.Equal(
            "the tokenizer has no special token '<|end|>'; it has: <|user|>, <|assistant|>",
            workshop.Error(options with { Tokenizer = Tokenizer("<|user|>", "<|assistant|>") }));
        Assert.Equal("the tokenizer has no special token '<|end|>'; it has: none", workshop.Error(options with { Tokenizer = Tokenizer() }));
        Assert.Empty(workshop.Entries());
    }

    [Fact]
    public void A_tokenizer_without_end_of_text_asks_for_a_choice()
    {
        string file = Tokenizer("<|user|>");
        Assert.Equal(
            $"the tokenizer '{file}' has no token that ends a text: name one of its special tokens with --separator, or 'none'",
            workshop.Error(workshop.Options with { Tokenizer = file }));
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = file, Separator = "none" });
        Assert.Null(dataset.Separator);
        Assert.StartsWith($"the tokenizer '{file}' has no token", workshop.Error(workshop.Options with { Tokenizer = file }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("bpe:300")]
    public void An_empty_name_is_refused(string tokenizer) => Assert.Equal(
        "--separator was given nothing; it takes the name of a special token, or none.",
        workshop.Error(workshop.Options with { Tokenizer = tokenizer, Separator = "" }));

    [Fact]
    public void Text_that_reads_like_the_separator_is_text()
    {
        string[] lookalikes = ["before<|endoftext|>after", "<|endoftext|>", "<|endoftext|><|endoftext|>"];
        workshop.WriteFiles(lookalikes, "lookalikes");
        foreach (string tokenizer in new[] { "bytes", "characters", Tokenizer("<|endoftext|>") })
        {
            using TokenDataset dataset = workshop.Build(workshop.Options with { Source = workshop.Folder["lookalikes"], Tokenizer = tokenizer });
            DatasetWorkshop.AssertHolds(lookalikes, dataset);
        }
    }

    private string Tokenizer(params string[] special)
    {
        string path = workshop.Folder[$"special-{special.Length}-{special.FirstOrDefault()?.Trim('<', '|', '>')}", "tokenizer.json"];
        DatasetWorkshop.Train(new TokenizerTrainingOptions { Source = workshop.Corpus, Vocabulary = 300, SpecialTokens = special }).SaveTo(path);
        return path;
    }
}
