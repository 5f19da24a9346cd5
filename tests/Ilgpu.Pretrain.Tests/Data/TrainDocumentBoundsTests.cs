using System.Buffers.Binary;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Tests.Training;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Where the training documents of a dataset folder begin.</summary>
public sealed class TrainDocumentBoundsTests : IDisposable
{
    private readonly TestRuns runs = new();

    private TokenDataset Dataset => runs.Dataset;

    private string File => Path.Combine(Dataset.Folder, "documents.bin");

    public void Dispose() => runs.Dispose();

    [Fact]
    public void All_training_tokens_have_the_bounds_of_the_file() => Assert.Equal(InFile(), All());

    [Fact]
    public void The_last_document_is_cut_where_the_tokens_end()
    {
        long[] all = All();
        Assert.Equal([0, all[1], all[2] - 1], Dataset.TrainDocumentBounds(all[2] - 1));
        Assert.Equal([0, all[1], all[2]], Dataset.TrainDocumentBounds(all[2]));
        Assert.Equal([0, all[1], all[2], all[2] + 1], Dataset.TrainDocumentBounds(all[2] + 1));
        Assert.Equal([0, 1], Dataset.TrainDocumentBounds(1));
    }

    [Fact]
    public void More_tokens_than_there_are_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Dataset.TrainDocumentBounds(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dataset.TrainDocumentBounds(Dataset.Train.Length + 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void A_damaged_file_is_named_with_the_document(long end)
    {
        long[] all = All();
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(3 * sizeof(long)), end);
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Equal(
            $"{File} is damaged: document 2 starts at token {all[2]} and ends at {end} of {Dataset.Train.Length}",
            Assert.Throws<InputException>(All).Message);
    }

    [Fact]
    public void A_file_that_was_cut_short_is_named_and_no_handle_is_kept()
    {
        long[] all = All();
        System.IO.File.WriteAllBytes(File, System.IO.File.ReadAllBytes(File)[..20]);
        Assert.Equal(
            $"{File} is damaged: its documents end at token {all[1]}, dataset.json says {Dataset.Train.Length}",
            Assert.Throws<InputException>(All).Message);
    }

    private long[] All() => Dataset.TrainDocumentBounds(Dataset.Train.Length);

    private long[] InFile()
    {
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        return [.. Enumerable.Range(0, (int)Dataset.Manifest.Train.Documents + 1).Select(i => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * sizeof(long))))];
    }
}
