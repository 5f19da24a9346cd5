using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

public class MixedReaderTests
{
    private const int Length = 4;

    /// <summary>Ids that are their own positions; those of the second dataset lie beyond the first one's.</summary>
    private static readonly TokenSpan First = TokenSpan.Of(Enumerable.Range(0, 101).ToArray());

    private static readonly TokenSpan Second = TokenSpan.Of(Enumerable.Range(1000, 61).ToArray());

    [Theory]
    [InlineData(.9, 4)]
    [InlineData(.25, 4)]
    [InlineData(.3, 1)]
    [InlineData(.75, 64)]
    [InlineData(0, 3)]
    public void The_share_is_kept_to_within_a_window_at_any_step(double share, int windows)
    {
        int ofSecond = 0;
        for (int step = 0; step < 200; step++)
        {
            ofSecond += Read(Create(share, windows), step, windows).Count(id => id >= 1000) / Length;
            Assert.Equal((int)Math.Floor((decimal)(step + 1) * windows * (decimal)share), ofSecond);
        }
    }

    [Fact]
    public void Each_dataset_is_read_in_its_own_order_as_if_it_were_alone()
    {
        const int Windows = 4;
        MixedReader mixed = Create(.6, Windows);
        int[] read = [.. Enumerable.Range(0, 40).SelectMany(step => Read(mixed, step, Windows))];
        Assert.Equal(Alone(First, read.Count(id => id < 1000)), read.Where(id => id < 1000));
        Assert.Equal(Alone(Second, read.Count(id => id >= 1000)), read.Where(id => id >= 1000));
    }

    [Fact]
    public void Any_step_is_read_without_those_before()
    {
        MixedReader inOrder = Create(.35, 3);
        int[][] steps = [.. Enumerable.Range(0, 50).Select(step => Read(inOrder, step, 3))];
        for (int step = steps.Length - 1; step >= 0; step--)
            Assert.Equal(steps[step], Read(Create(.35, 3), step, 3));
    }

    private static MixedReader Create(double share, int windows) => new(Reader(First, windows), Reader(Second, 1), windows, share);

    private static BatchReader Reader(TokenSpan part, int batch) => new(part, part.Length, Length, Math.Min(batch, 5), ShuffleMode.Epoch, seed: 7);

    private static int[] Alone(TokenSpan part, int ids)
    {
        var inputs = new int[ids];
        Reader(part, part.Length == First.Length ? 4 : 1).ReadWindows(0, inputs, new int[ids]);
        return inputs;
    }

    private static int[] Read(MixedReader reader, long step, int windows)
    {
        var inputs = new int[windows * Length];
        var targets = new int[windows * Length];
        reader.Read(step, inputs, targets);
        Assert.All(inputs.Zip(targets), pair => Assert.Equal(pair.First + 1, pair.Second));
        return inputs;
    }
}
