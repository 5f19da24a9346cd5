using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

public class BatchReaderTests
{
    private const int Length = 4;
    private const int Batch = 3;

    /// <summary>Ids that are their own positions.</summary>
    private static readonly TokenSpan Positions = TokenSpan.Of(Enumerable.Range(0, 1000).ToArray());

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

    [Fact]
    public void Once_repeats_its_order_and_Epoch_draws_anew()
    {
        BatchReader once = Reader(ShuffleMode.Once);
        BatchReader epoch = Reader(ShuffleMode.Epoch);
        Assert.Equal(Epoch(once, 0), Epoch(once, 1));
        Assert.NotEqual(Epoch(epoch, 0), Epoch(epoch, 1));
        Assert.Equal(Epoch(once, 0), Epoch(epoch, 0));
    }

    [Theory]
    [InlineData(ShuffleMode.Once)]
    [InlineData(ShuffleMode.Epoch)]
    public void Any_step_is_read_without_those_before(ShuffleMode shuffle)
    {
        BatchReader inOrder = Reader(shuffle);
        int[][] batches = [.. Enumerable.Range(0, 4 * inOrder.BatchesPerEpoch).Select(step => Inputs(inOrder, step))];
        BatchReader backwards = Reader(shuffle);
        for (int step = batches.Length - 1; step >= 0; step--)
        {
            Assert.Equal(batches[step], Inputs(backwards, step));
            Assert.Equal(batches[step], Inputs(Reader(shuffle), step));
        }
    }

    [Fact]
    public void The_seed_changes_the_order_and_not_the_set()
    {
        int[] one = Epoch(Reader(ShuffleMode.Once, seed: 1), 0);
        int[] two = Epoch(Reader(ShuffleMode.Once, seed: 2), 0);
        Assert.NotEqual(one, two);
        Assert.Equal(one.Order(), two.Order());
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
    public void Reading_allocates_nothing()
    {
        BatchReader reader = Reader(ShuffleMode.Epoch);
        var inputs = new int[Batch * Length];
        var targets = new int[Batch * Length];
        reader.Read(0, inputs, targets);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 1; step < 200; step++)
            reader.Read(step, inputs, targets);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Buffers_of_another_size_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Reader(ShuffleMode.Once).Read(0, new int[Batch * Length], new int[1]));

    private static BatchReader Reader(ShuffleMode shuffle, ulong seed = 11) => new(Positions, 250, Length, Batch, shuffle, seed);

    private static int[] Inputs(BatchReader reader, long step)
    {
        var inputs = new int[Batch * Length];
        reader.Read(step, inputs, new int[Batch * Length]);
        return inputs;
    }

    /// <summary>The first ids of an epoch's windows, in the order they are read.</summary>
    private static int[] Epoch(BatchReader reader, int epoch) => [.. Enumerable
        .Range(epoch * reader.BatchesPerEpoch, reader.BatchesPerEpoch)
        .SelectMany(step => Inputs(reader, step).Where((_, i) => i % Length == 0))];
}
