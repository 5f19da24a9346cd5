using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Tokenizers that are made of a dataset's own text.</summary>
public sealed class FittedTokenizerTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    [Fact]
    public void Characters_are_numbered_by_code_point_and_those_of_validation_are_among_them()
    {
        workshop.WriteFiles(["b🙂a", "é b"]);
        workshop.Folder.Write("held/one.txt", "型\uFFFDa");
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = "characters", Validation = workshop.Folder["held"] });
        // By code point and not by UTF-16: the emoji comes last.
        string[] characters = [" ", "a", "b", "é", "型", "\uFFFD", "🙂"];
        Assert.Equal(characters, Enumerable.Range(0, characters.Length).Select(id => Encoding.UTF8.GetString(dataset.Tokenizer.BytesOf(id))));
        Assert.Equal(characters.Length + 1, dataset.Tokenizer.VocabularySize);
        Assert.Equal(characters.Length, dataset.Tokenizer.EndOfText);
        Assert.Equal([4, 5, 1, 7], DatasetWorkshop.Ids(dataset, dataset.Validation));
        Assert.Equal("characters", dataset.Manifest.Tokenizer.FittedAs);
    }

    [Theory]
    [InlineData("gpt2", 0UL)]
    [InlineData("llama3", 0UL)]
    [InlineData("gpt2", 9UL)]
    public void Only_training_documents_have_a_say_in_the_pairs(string rule, ulong seed)
    {
        PreTokenization pieces = Enum.Parse<PreTokenization>(rule, ignoreCase: true);
        workshop.WriteCorpus(60);
        DatasetOptions options = workshop.Options with { Tokenizer = "bpe:340", Pieces = pieces, SplitSeed = seed };
        using TokenDataset dataset = workshop.Build(options);
        workshop.WriteFiles(DatasetWorkshop.Documents(dataset, dataset.Train), "training");
        Assert.Equal(Trained("training", pieces).Fingerprint, dataset.Tokenizer.Fingerprint);
        Assert.NotEqual(Trained("corpus", pieces).Fingerprint, dataset.Tokenizer.Fingerprint);
        Assert.Equal($"bpe:340 {pieces}", dataset.Manifest.Tokenizer.FittedAs);
    }

    [Fact]
    public void Only_the_training_lines_of_a_single_document_have_a_say()
    {
        string source = workshop.Folder.Write("one.txt", string.Concat(DatasetWorkshop.Texts(60, 3)));
        using TokenDataset dataset = workshop.Build(workshop.Options with { Source = source, Tokenizer = "bpe:340" });
        workshop.WriteFiles(DatasetWorkshop.Documents(dataset, dataset.Train), "training");
        Assert.Equal(Trained("training").Fingerprint, dataset.Tokenizer.Fingerprint);
    }

    [Fact]
    public void Duplicates_that_are_left_out_and_given_validation_have_none()
    {
        string[] texts = workshop.WriteCorpus(40);
        workshop.WriteFiles(texts[..10], "corpus/again");
        workshop.WriteFiles(texts[30..], "held");
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = "bpe:340", Deduplicate = true, Validation = workshop.Folder["held"] });
        workshop.WriteFiles(texts[..30], "training");
        Assert.Equal(Trained("training").Fingerprint, dataset.Tokenizer.Fingerprint);
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("bpe:340")]
    public void The_number_of_threads_changes_nothing(string tokenizer)
    {
        workshop.WriteCorpus(80);
        using TokenDataset one = workshop.Build(workshop.Options with { Tokenizer = tokenizer, Threads = 1 });
        using TokenDataset two = workshop.Build(workshop.Options with { Tokenizer = tokenizer, Threads = 2 }, workshop.Folder["sets", "two"]);
        DatasetWorkshop.AssertSameFiles(one.Folder, two.Folder);
    }

    [Fact]
    public void A_vocabulary_that_the_text_does_not_fill_is_refused_and_leaves_nothing()
    {
        workshop.WriteCorpus(10);
        string message = workshop.Error(workshop.Options with { Tokenizer = "bpe:100000" });
        Assert.StartsWith("--tokenizer bpe:100000: --vocabulary was given 100000; the text fills at most ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.Empty(workshop.Entries());
    }

    [Theory]
    [InlineData("bpe:", 257)]
    [InlineData("bpe:x", 257)]
    [InlineData("bpe:-300", 257)]
    [InlineData("bpe: 300", 257)]
    [InlineData("bpe:256", 257)]
    [InlineData("bpe:99999999999", 257)]
    [InlineData("bpe:255", 256, "none")]
    public void A_vocabulary_that_is_no_size_is_refused_before_anything_is_read(string tokenizer, int least, string? separator = null) => Assert.Equal(
        $"--tokenizer was given '{tokenizer}'; bpe: takes a vocabulary's size from {least} to 4194304, as in bpe:4096.",
        workshop.Error(workshop.Options with { Tokenizer = tokenizer, Separator = separator, Source = "no such source" }));

    [Fact]
    public void The_smallest_vocabulary_is_bytes_alone()
    {
        string[] texts = workshop.WriteCorpus(5);
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = "bpe:256", Separator = "none" });
        DatasetWorkshop.AssertHolds(texts, dataset);
        Assert.Equal(dataset.Train.Length, dataset.Manifest.Train.TextBytes);
    }

    private BytePairTokenizer Trained(string folder, PreTokenization pieces = PreTokenization.Gpt2) =>
        DatasetWorkshop.Train(new TokenizerTrainingOptions { Source = workshop.Folder[folder], Vocabulary = 340, Pieces = pieces });
}
