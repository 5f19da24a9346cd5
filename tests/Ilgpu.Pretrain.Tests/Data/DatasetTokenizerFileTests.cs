using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>A dataset keeps its tokenizer beside its tokens.</summary>
public sealed class DatasetTokenizerFileTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();
    private readonly string[] texts;

    public DatasetTokenizerFileTests() => texts = workshop.WriteCorpus(12);

    private string Kept => Path.Combine(workshop.Target, "tokenizer.json");

    public void Dispose() => workshop.Dispose();

    [Fact]
    public void It_is_used_when_the_original_is_gone()
    {
        string original = Train("original", 300);
        string fingerprint = Tokenizer.Load(original).Fingerprint;
        workshop.Build(workshop.Options with { Tokenizer = original }).Dispose();
        File.Delete(original);
        string moved = workshop.Folder["moved"];
        Directory.Move(workshop.Target, moved);
        using TokenDataset dataset = TokenDataset.Open(moved, verify: true);
        Assert.Equal(fingerprint, dataset.Tokenizer.Fingerprint);
        Assert.Null(dataset.Manifest.Tokenizer.FittedAs);
        DatasetWorkshop.AssertHolds(texts, dataset);
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("bpe:300")]
    public void One_that_was_made_of_the_text_lies_there_too(string tokenizer)
    {
        using TokenDataset dataset = workshop.Build(workshop.Options with { Tokenizer = tokenizer });
        Assert.Equal(["dataset.json", "documents.bin", "tokenizer.json", "tokens.bin"], Directory.GetFiles(workshop.Target).Select(Path.GetFileName).Order());
        Assert.Equal(dataset.Manifest.Tokenizer.Fingerprint, Tokenizer.Load(Kept).Fingerprint);
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("bpe:300")]
    public void A_missing_or_damaged_one_is_named(string tokenizer)
    {
        workshop.Build(workshop.Options with { Tokenizer = tokenizer }).Dispose();
        byte[] bytes = File.ReadAllBytes(Kept);
        File.WriteAllBytes(Kept, bytes[..(bytes.Length / 2)]);
        Assert.StartsWith($"tokenizer: '{Kept}': it is not JSON that can be used", Error(), StringComparison.Ordinal);
        File.Delete(Kept);
        Assert.StartsWith($"tokenizer: '{Kept}' is not there", Error(), StringComparison.Ordinal);
        using TokenDataset again = workshop.Build(workshop.Options with { Tokenizer = tokenizer });
        DatasetWorkshop.AssertHolds(texts, again);
        Assert.Equal(bytes, File.ReadAllBytes(Kept));
    }

    [Fact]
    public void An_exchanged_one_is_noticed()
    {
        workshop.Build(workshop.Options with { Tokenizer = "bpe:300" }).Dispose();
        File.Copy(Train("other", 301), Kept, overwrite: true);
        Assert.Equal($"{workshop.Target} was built with another tokenizer 'tokenizer.json' than this one: build the dataset anew", Error());
    }

    private string Error()
    {
        string message = Assert.Throws<InputException>(() => TokenDataset.Open(workshop.Target)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private string Train(string name, int vocabulary)
    {
        string path = workshop.Folder[name, "tokenizer.json"];
        DatasetWorkshop.Train(new TokenizerTrainingOptions { Source = workshop.Corpus, Vocabulary = vocabulary }).SaveTo(path);
        return path;
    }
}
