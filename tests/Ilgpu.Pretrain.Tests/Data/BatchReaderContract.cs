using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>What holds of batches in any order, of windows or of documents.</summary>
public abstract class BatchReaderContract
{
    internal const int Length = 4;
    internal const int Batch = 3;

    /// <summary>Ids that are their own positions.</summary>
    internal static TokenSpan Positions { get; } = TokenSpan.Of(Enumerable.Range(0, 1000).ToArray());

    [Fact]
    public void Once_repeats_its_order_and_Epoch_draws_anew()
    {
        BatchReader once = Create(ShuffleMode.Once);
        BatchReader epoch = Create(ShuffleMode.Epoch);
        Assert.Equal(IdsOf(once, 0), IdsOf(once, 1));
        Assert.NotEqual(IdsOf(epoch, 0), IdsOf(epoch, 1));
        Assert.Equal(IdsOf(once, 0), IdsOf(epoch, 0));
    }

    [Theory]
    [InlineData(ShuffleMode.Once)]
    [InlineData(ShuffleMode.Epoch)]
    public void Any_step_is_read_without_those_before(ShuffleMode shuffle)
    {
        BatchReader inOrder = Create(shuffle);
        int[][] batches = [.. Enumerable.Range(0, 4 * inOrder.BatchesPerEpoch).Select(step => Inputs(inOrder, step))];
        BatchReader backwards = Create(shuffle);
        for (int step = batches.Length - 1; step >= 0; step--)
        {
            Assert.Equal(batches[step], Inputs(backwards, step));
            Assert.Equal(batches[step], Inputs(Create(shuffle), step));
        }
    }

    [Fact]
    public void The_seed_changes_the_order_and_not_the_set()
    {
        int[] one = IdsOf(Create(ShuffleMode.Once, seed: 1), 0);
        int[] two = IdsOf(Create(ShuffleMode.Once, seed: 2), 0);
        Assert.NotEqual(one, two);
        Assert.Equal(one.Order(), two.Order());
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        BatchReader reader = Create(ShuffleMode.Epoch);
        var inputs = new int[Batch * Length];
        var targets = new int[Batch * Length];
        reader.Read(0, inputs, targets);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 1; step < 200; step++)
            reader.Read(step, inputs, targets);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private protected abstract BatchReader Create(ShuffleMode shuffle, ulong seed = 11);

    /// <summary>What an epoch reads, in the order it is read.</summary>
    private protected abstract int[] IdsOf(BatchReader reader, int epoch);

    private protected static int[] Inputs(BatchReader reader, long step)
    {
        var inputs = new int[Batch * Length];
        reader.Read(step, inputs, new int[Batch * Length]);
        return inputs;
    }
}
