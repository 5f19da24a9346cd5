using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tests.CommandLine;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Builds onto a disk that has no room for them.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int DiskKibibytes = 300;

    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    /// <summary>No room for the ids as they come; for them once but not twice; for all but the tokenizer.</summary>
    [Theory]
    [InlineData("bytes", 400_000, 0, "spool.bin")]
    [InlineData("bytes", 100_000, 0, "(tokens|documents).bin")]
    [InlineData("characters", 20_000, 20_000, "tokenizer.json.writing")]
    public void The_error_is_one_line_and_the_dataset_that_was_there_stays(string tokenizer, int letters, int characters, string file)
    {
        using var disk = new SmallDisk(DiskKibibytes);
        string target = Path.Combine(disk.Path, "sets", "first");
        workshop.WriteCorpus(10);
        string hash;
        using (TokenDataset first = workshop.Build(workshop.Options, target))
            hash = first.Hash;
        DatasetOptions options = workshop.Options with { Source = WriteLarge(letters, characters), Tokenizer = tokenizer };
        IOException e = Assert.Throws<IOException>(() => workshop.Build(options, target).Dispose());
        Assert.Matches($"/{file}'", e.Message);
        Assert.StartsWith($"{target} was not built: No space left on device", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("; what was written of it is removed.", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal([target], Directory.EnumerateFileSystemEntries(Path.Combine(disk.Path, "sets")));
        using TokenDataset kept = TokenDataset.Open(target, verify: true);
        Assert.Equal(hash, kept.Hash);
    }

    [Fact]
    public void The_program_says_one_line_and_exits_1()
    {
        using var disk = new SmallDisk(DiskKibibytes);
        string target = Path.Combine(disk.Path, "set");
        PretrainProcess.Ended ended = PretrainProcess.Run("data", "--source", WriteLarge(400_000), "--out", target);
        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith($"pretrain: {target} was not built: No space left on device", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    /// <summary>Two files of letters, and of characters of which each takes room in a tokenizer's file.</summary>
    private string WriteLarge(int letters, int characters = 0)
    {
        workshop.Folder.Write("large/a.txt", new string('a', letters / 2) + string.Concat(Enumerable.Range(0x4E00, characters).Select(character => (char)character)));
        workshop.Folder.Write("large/b.txt", new string('b', letters / 2));
        return workshop.Folder["large"];
    }
}
