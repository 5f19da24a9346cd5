using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

/// <summary>Batches of whole documents in random order.</summary>
public class BatchReaderDocumentsTests : BatchReaderContract
{
    /// <summary>Short ones, one token long among them, and some longer than a batch; they fill whole batches.</summary>
    private static readonly long[] Bounds = [0, 1, 31, 38, 39, 40, 98, 110, 123, 127, 200, 221, 241];

    [Theory]
    [InlineData(ShuffleMode.Once)]
    [InlineData(ShuffleMode.Epoch)]
    public void Every_epoch_reads_every_token_once(ShuffleMode shuffle)
    {
        BatchReader reader = Reader(shuffle);
        Assert.Equal(0, reader.UnusedTokens);
        for (int epoch = 0; epoch < 3; epoch++)
            Assert.Equal(Enumerable.Range(0, 241), Sequence(reader, epoch).Order());
    }

    [Fact]
    public void An_epoch_is_its_documents_in_the_order_that_seed_and_epoch_draw()
    {
        BatchReader reader = Reader(ShuffleMode.Epoch, seed: 5);
        for (int epoch = 0; epoch < 5; epoch++)
        {
            var order = new int[Bounds.Length - 1];
            SplitMix64.Of(5, (ulong)epoch).Permute(order);
            Assert.Equal(order.SelectMany(Document), Sequence(reader, epoch));
        }
    }

    /// <summary>Of 250 tokens, nine do not fill a batch.</summary>
    [Fact]
    public void What_does_not_fill_a_batch_is_left_out_and_each_order_leaves_out_other_tokens()
    {
        long[] bounds = [.. Bounds, 250];
        BatchReader reader = Reader(ShuffleMode.Epoch, bounds: bounds);
        Assert.Equal((20, 9L), (reader.BatchesPerEpoch, reader.UnusedTokens));
        var leftOut = new HashSet<string>();
        for (int epoch = 0; epoch < 8; epoch++)
        {
            int[] sequence = Sequence(reader, epoch);
            Assert.Equal(241, sequence.Distinct().Count());
            Assert.InRange(sequence.Max(), 0, 249);
            leftOut.Add(string.Join(' ', Enumerable.Range(0, 250).Except(sequence)));
        }

        Assert.NotEqual(1, leftOut.Count);
    }

    [Fact]
    public void Documents_stay_whole()
    {
        BatchReader reader = Reader(ShuffleMode.Epoch);
        for (int epoch = 0; epoch < 5; epoch++)
        {
            int[] sequence = Sequence(reader, epoch);
            for (int i = 1; i < sequence.Length; i++)
            {
                bool starts = Bounds.Contains(sequence[i]);
                Assert.True(starts ? Bounds.Contains(sequence[i - 1] + 1) : sequence[i] == sequence[i - 1] + 1, $"{sequence[i]} follows {sequence[i - 1]}");
            }
        }
    }

    [Fact]
    public void One_document_is_read_as_it_lies()
    {
        BatchReader reader = Reader(ShuffleMode.Epoch, bounds: [0, 241]);
        for (int epoch = 0; epoch < 3; epoch++)
            Assert.Equal(Enumerable.Range(0, 241), Sequence(reader, epoch));
    }

    [Fact]
    public void Documents_of_one_token_are_permuted_token_by_token()
    {
        BatchReader reader = Reader(ShuffleMode.Epoch, bounds: [.. Enumerable.Range(0, 242).Select(bound => (long)bound)]);
        var order = new int[241];
        SplitMix64.Of(11, 1).Permute(order);
        Assert.Equal(order, Sequence(reader, 1));
    }

    [Theory]
    [InlineData(new[] { 0L })]
    [InlineData(new[] { 1L, 241L })]
    [InlineData(new[] { 0L, 240L })]
    [InlineData(new[] { 0L, 9L, 9L, 241L })]
    [InlineData(new[] { 0L, 9L, 8L, 241L })]
    public void Bounds_that_are_none_are_refused(long[] bounds) =>
        Assert.Throws<ArgumentException>(() => new BatchReader(Positions, 241, Length, Batch, ShuffleMode.Once, 0, bounds));

    private protected override BatchReader Create(ShuffleMode shuffle, ulong seed = 11) => Reader(shuffle, seed);

    private protected override int[] IdsOf(BatchReader reader, int epoch) => Sequence(reader, epoch);

    private static BatchReader Reader(ShuffleMode shuffle, ulong seed = 11, long[]? bounds = null)
    {
        bounds ??= Bounds;
        return new BatchReader(Positions, bounds[^1], Length, Batch, shuffle, seed, bounds);
    }

    private static IEnumerable<int> Document(int number) =>
        Enumerable.Range((int)Bounds[number], (int)(Bounds[number + 1] - Bounds[number]));

    /// <summary>The tokens of an epoch as they are read: its inputs, and the last target.</summary>
    private static int[] Sequence(BatchReader reader, int epoch)
    {
        var inputs = new int[Batch * Length];
        var targets = new int[Batch * Length];
        var sequence = new List<int>();
        for (int batch = 0; batch < reader.BatchesPerEpoch; batch++)
        {
            reader.Read(((long)epoch * reader.BatchesPerEpoch) + batch, inputs, targets);
            Assert.Equal(inputs.Skip(1), targets.SkipLast(1));
            if (batch > 0)
                Assert.Equal(sequence[^1], inputs[0]);
            sequence.AddRange(batch == 0 ? [inputs[0], .. targets] : targets);
        }

        return [.. sequence];
    }
}
