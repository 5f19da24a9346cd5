using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>A dataset that is asked for again is opened if it is the same one, and built anew if any option differs.</summary>
public sealed class DatasetFoundAgainTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    public static TheoryData<string> Changes => [.. Variants.Keys];

    /// <summary>Each from a dataset of rows with learned pairs, or from what the variant itself names.</summary>
    private static Dictionary<string, (Func<DatasetOptions, DatasetOptions> From, Func<DatasetOptions, DatasetOptions> To)> Variants { get; } = new()
    {
        ["field"] = (options => options, options => options with { TextField = "other" }),
        ["seed"] = (options => options, options => options with { SplitSeed = 1 }),
        ["share"] = (options => options, options => options with { ValidationShare = .3 }),
        ["tokens"] = (options => options, options => options with { Tokens = 50 }),
        ["other tokens"] = (options => options with { Tokens = 50 }, options => options with { Tokens = 51 }),
        ["deduplicate"] = (options => options, options => options with { Deduplicate = true }),
        ["cut documents"] = (options => options, options => options with { DocumentBytes = 40 }),
        ["longer documents"] = (options => options with { DocumentBytes = 40 }, options => options with { DocumentBytes = 41 }),
        ["whole files"] = (options => options with { DocumentBytes = 40 }, options => options with { DocumentBytes = 40, WholeFiles = true }),
        ["no separator"] = (options => options, options => options with { Separator = "none" }),
        ["a separator"] = (options => options with { Separator = "none" }, options => options with { Separator = null }),
        ["another separator"] = (options => options, options => options with { Separator = "<|end|>" }),
        ["the usual separator again"] = (options => options with { Separator = "<|end|>" }, options => options),
        ["separator of a file"] = (options => options with { Tokenizer = "file", Separator = "<|user|>" }, options => options with { Tokenizer = "file" }),
        ["vocabulary"] = (options => options, options => options with { Tokenizer = "bpe:290" }),
        ["pieces"] = (options => options, options => options with { Pieces = PreTokenization.Llama3 }),
        ["characters"] = (options => options, options => options with { Tokenizer = "characters" }),
        ["bytes"] = (options => options, options => options with { Tokenizer = "bytes" }),
        ["file"] = (options => options, options => options with { Tokenizer = "file" }),
        ["validation"] = (options => options, options => options with { Validation = "held" }),
        ["share again"] = (options => options with { Validation = "held" }, options => options),
        ["other validation"] = (options => options with { Validation = "held" }, options => options with { Validation = "more" }),
        ["source"] = (options => options, options => options with { Source = "changed" }),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Another_option_builds_it_anew_and_the_same_ones_do_not(string change)
    {
        WriteRows();
        DatasetOptions from = Placed(Variants[change].From(Rows));
        DatasetOptions to = Placed(Variants[change].To(Rows));
        Assert.True(IsBuilt(from));
        Assert.False(IsBuilt(from));
        Assert.True(IsBuilt(to));
        Assert.False(IsBuilt(to));
        Assert.True(IsBuilt(from));
    }

    [Fact]
    public void Options_that_say_the_same_in_other_words_find_it()
    {
        WriteRows();
        DatasetOptions rows = Placed(Rows);
        Assert.True(IsBuilt(rows));
        Assert.False(IsBuilt(rows with { Pieces = PreTokenization.Gpt2 }));
        Assert.False(IsBuilt(rows with { Separator = Tokenizer.EndOfTextName }));
        Assert.False(IsBuilt(rows with { Threads = 1 }));
        string elsewhere = workshop.Folder["elsewhere", "rows.jsonl"];
        Directory.CreateDirectory(workshop.Folder["elsewhere"]);
        File.Copy(rows.Source, elsewhere);
        Assert.False(IsBuilt(rows with { Source = elsewhere }));
    }

    [Fact]
    public void A_tokenizer_file_that_changed_builds_it_anew()
    {
        WriteRows();
        DatasetOptions options = Placed(Rows with { Tokenizer = "file" });
        Assert.True(IsBuilt(options));
        DatasetWorkshop.Train(new TokenizerTrainingOptions { Source = options.Source, Vocabulary = 281 }).SaveTo(options.Tokenizer);
        Assert.True(IsBuilt(options));
        Assert.False(IsBuilt(options));
    }

    private static DatasetOptions Rows => new() { Source = "rows", Tokenizer = "bpe:280", Threads = 2, ValidationShare = .2 };

    private void WriteRows()
    {
        string[] texts = DatasetWorkshop.Texts(30, 4);
        string rows = string.Concat(texts.Select(text => $$"""{"other": {{DatasetSourcesTests.Quoted(text + "more")}}, "text": {{DatasetSourcesTests.Quoted(text)}}}""" + "\n"));
        workshop.Folder.Write("rows.jsonl", rows);
        workshop.Folder.Write("changed.jsonl", rows + DatasetSourcesTests.Row("one more") + "\n");
        workshop.Folder.Write("held.jsonl", DatasetSourcesTests.Row("held out"));
        workshop.Folder.Write("more.jsonl", DatasetSourcesTests.Row("held out") + "\n" + DatasetSourcesTests.Row("and more"));
        DatasetWorkshop.Train(new TokenizerTrainingOptions
        {
            Source = workshop.Folder["rows.jsonl"],
            Vocabulary = 280,
            SpecialTokens = [Tokenizer.EndOfTextName, "<|user|>"],
        }).SaveTo(workshop.Folder["tokenizer.json"]);
    }

    private DatasetOptions Placed(DatasetOptions options) => options with
    {
        Source = workshop.Folder[options.Source + ".jsonl"],
        Validation = options.Validation is null ? null : workshop.Folder[options.Validation + ".jsonl"],
        Tokenizer = options.Tokenizer == "file" ? workshop.Folder["tokenizer.json"] : options.Tokenizer,
    };

    /// <summary>Whether the files are new ones: those that are there get a time that a build would not give them.</summary>
    private bool IsBuilt(DatasetOptions options)
    {
        string tokens = Path.Combine(workshop.Target, "tokens.bin");
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        if (File.Exists(tokens))
            File.SetLastWriteTimeUtc(tokens, old);
        workshop.Build(options).Dispose();
        return File.GetLastWriteTimeUtc(tokens) != old;
    }
}
