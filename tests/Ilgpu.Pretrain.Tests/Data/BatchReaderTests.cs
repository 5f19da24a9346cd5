using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

public class BatchReaderTests : BatchReaderContract
{
    [Theory]
    [InlineData(ShuffleMode.Once)]
    [InlineData(ShuffleMode.Epoch)]
    public void Every_epoch_reads_every_window_once(ShuffleMode shuffle)
    {
        BatchReader reader = Reader(shuffle);
        int[] starts = [.. Enumerable.Range(0, reader.WindowsPerEpoch).Select(window => window * Length)];
        for (int epoch = 0; epoch < 3; epoch++)
            Assert.Equal(starts, Epoch(reader, epoch).Order());
    }

    [Fact]
    public void Targets_follow_their_inputs_within_and_past_the_window()
    {
        BatchReader reader = Reader(ShuffleMode.Epoch);
        var inputs = new int[Batch * Length];
        var targets = new int[Batch * Length];
        for (int step = 0; step < 2 * reader.BatchesPerEpoch; step++)
        {
            reader.Read(step, inputs, targets);
            for (int i = 0; i < inputs.Length; i++)
            {
                Assert.Equal(inputs[i - (i % Length)] + (i % Length), inputs[i]);
                Assert.Equal(inputs[i] + 1, targets[i]);
            }
        }
    }

    [Theory]
    [InlineData(13, 1, 0)]
    [InlineData(14, 1, 1)]
    [InlineData(24, 1, 11)]
    [InlineData(25, 2, 0)]
    [InlineData(1000, 83, 3)]
    public void Tokens_are_used_up_to_the_last_full_batch(long tokens, int batches, long unused)
    {
        var reader = new BatchReader(Positions, tokens, Length, Batch, ShuffleMode.Once, 0);
        Assert.Equal(batches, reader.BatchesPerEpoch);
        Assert.Equal(batches * Batch, reader.WindowsPerEpoch);
        Assert.Equal(unused, reader.UnusedTokens);
        Assert.Equal((batches * Batch * Length) - Length, Epoch(reader, 0).Max());
    }

    [Fact]
    public void More_tokens_than_there_are_is_said_with_what_there_is()
    {
        var e = Assert.Throws<InputException>(() => new BatchReader(Positions, 1001, Length, Batch, ShuffleMode.Once, 0));
        Assert.Equal("tokens: 1001 are asked for, the training part has 1000", e.Message);
    }

    [Fact]
    public void Too_few_tokens_for_a_window_or_a_batch_are_said_in_numbers()
    {
        var window = Assert.Throws<InputException>(() => new BatchReader(Positions, 4, Length, Batch, ShuffleMode.Once, 0));
        Assert.Equal("the training tokens (4) are fewer than one window takes (4 and one to predict: 5)", window.Message);
        var batch = Assert.Throws<InputException>(() => new BatchReader(Positions, 12, Length, Batch, ShuffleMode.Once, 0));
        Assert.Equal("the training tokens (12) give 2 windows of 4, a batch takes 3", batch.Message);
    }

    [Fact]
    public void Buffers_of_another_size_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Reader(ShuffleMode.Once).Read(0, new int[Batch * Length], new int[1]));

    private protected override BatchReader Create(ShuffleMode shuffle, ulong seed = 11) => Reader(shuffle, seed);

    private protected override int[] IdsOf(BatchReader reader, int epoch) => Epoch(reader, epoch);

    private static BatchReader Reader(ShuffleMode shuffle, ulong seed = 11) => new(Positions, 250, Length, Batch, shuffle, seed);

    /// <summary>The first ids of an epoch's windows, in the order they are read.</summary>
    private static int[] Epoch(BatchReader reader, int epoch) => [.. Enumerable
        .Range(epoch * reader.BatchesPerEpoch, reader.BatchesPerEpoch)
        .SelectMany(step => Inputs(reader, step).Where((_, i) => i % Length == 0))];
}
