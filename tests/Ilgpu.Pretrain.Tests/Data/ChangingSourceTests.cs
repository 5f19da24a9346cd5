using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Files that change while a dataset is made of them.</summary>
public sealed class ChangingSourceTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    [Theory]
    [InlineData("grown")]
    [InlineData("touched")]
    [InlineData("deleted")]
    public void A_change_between_two_readings_is_an_error_and_the_dataset_that_was_there_stays(string change)
    {
        workshop.WriteCorpus(20);
        string hash = BuildFirst();
        string file = workshop.Folder["corpus", "005.txt"];
        var changing = new Changing("learning merges", () => Change(file, change));
        InputException e = Assert.Throws<InputException>(() => workshop.Build(workshop.Options with { Tokenizer = "bpe:300" }, progress: changing));
        Assert.True(changing.IsDone);
        Assert.StartsWith(file + (change == "deleted" ? " cannot be read: " : " changed while it was being read: build the dataset again"), e.Message, StringComparison.Ordinal);
        AssertKept(hash, e);
    }

    [Fact]
    public void So_is_one_within_a_reading()
    {
        const int Bytes = 5_000_000;
        for (int i = 0; i < 4; i++)
            workshop.Folder.Write($"corpus/{i}.txt", new string((char)('a' + i), Bytes));
        string hash = BuildFirst();
        string file = workshop.Folder["corpus", "0.txt"];
        var changing = new Changing("encoding", () => Change(file, "grown"));
        InputException e = Assert.Throws<InputException>(() => workshop.Build(workshop.Options with { SplitSeed = 3 }, progress: changing));
        Assert.Equal($"{file} changed while it was being read: build the dataset again", e.Message);
        AssertKept(hash, e);
    }

    [Fact]
    public void So_is_one_of_the_validation_text()
    {
        workshop.WriteCorpus(20);
        string held = workshop.Folder.Write("held.txt", "held out");
        string hash = BuildFirst();
        var changing = new Changing("learning merges", () => Change(held, "grown"));
        InputException e = Assert.Throws<InputException>(() => workshop.Build(workshop.Options with { Tokenizer = "bpe:300", Validation = held }, progress: changing));
        Assert.Equal($"{held} changed while it was being read: build the dataset again", e.Message);
        AssertKept(hash, e);
    }

    private string BuildFirst()
    {
        using TokenDataset dataset = workshop.Build(workshop.Options);
        return dataset.Hash;
    }

    private void AssertKept(string hash, InputException e)
    {
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(["first"], workshop.Entries());
        using TokenDataset kept = TokenDataset.Open(workshop.Target, verify: true);
        Assert.Equal(hash, kept.Hash);
    }

    private static void Change(string file, string change)
    {
        if (change == "grown")
            File.AppendAllText(file, "more");
        else if (change == "touched")
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(1));
        else
            File.Delete(file);
    }

    /// <summary>Does something once, when an activity is reported.</summary>
    private sealed class Changing(string activity, Action change) : IProgress<BuildProgress>
    {
        public bool IsDone { get; private set; }

        public void Report(BuildProgress value)
        {
            if (IsDone || value.Activity != activity)
                return;
            IsDone = true;
            change();
        }
    }
}
