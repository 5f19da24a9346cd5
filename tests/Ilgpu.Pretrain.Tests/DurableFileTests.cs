namespace Ilgpu.Pretrain.Tests;

public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void A_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it()
    {
        string path = folder["file"];
        DurableFile.WriteAllText(path, "before");
        Assert.Throws<InvalidOperationException>(() => DurableFile.Write(path, file =>
        {
            file.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("before", File.ReadAllText(path));
        DurableFile.WriteAllText(path, "after");
        Assert.Equal("after", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Folders_are_made_with_those_above_them_and_renamed_with_what_is_in_them()
    {
        string path = folder["a", "b", "c"];
        DurableFile.CreateFolder(path);
        DurableFile.CreateFolder(path);
        DurableFile.WriteNew(Path.Combine(path, "file"), "text");
        DurableFile.RenameFolder(path, folder["a", "b", "renamed"]);
        Assert.Equal("text", File.ReadAllText(folder["a", "b", "renamed", "file"]));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void A_folder_that_cannot_be_brought_to_the_disk_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Folders are brought to the disk on Linux.");
        DurableFile.SyncFolder(folder.Path);
        string message = Assert.Throws<IOException>(() => DurableFile.SyncFolder(folder["missing"])).Message;
        Assert.Contains($"'{folder["missing"]}' could not be brought to the disk: No such file or directory", message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
