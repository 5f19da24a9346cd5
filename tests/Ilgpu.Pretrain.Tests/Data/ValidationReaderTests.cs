using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Tests.Data;

public class ValidationReaderTests
{
    private const int Poison = -77;

    [Theory]
    [InlineData(2, 4, 3, null)]
    [InlineData(5, 4, 3, null)]
    [InlineData(6, 4, 3, null)]
    [InlineData(13, 4, 3, null)]
    [InlineData(14, 4, 3, null)]
    [InlineData(100, 4, 3, null)]
    [InlineData(100, 1, 1, null)]
    [InlineData(100, 7, 5, 50L)]
    [InlineData(100, 7, 5, 2L)]
    [InlineData(100, 7, 5, 1000L)]
    public void Every_token_but_the_first_is_predicted_once_from_the_one_before(int tokens, int length, int batch, long? limit)
    {
        var reader = new ValidationReader(Positions(tokens), length, batch, limit);
        var inputs = new int[batch * length];
        var targets = new int[batch * length];
        var predicted = new List<int>();
        for (int index = 0; index < reader.Batches; index++)
        {
            Array.Fill(inputs, Poison);
            Array.Fill(targets, Poison);
            int counted = reader.Read(index, inputs, targets);
            Assert.Equal(counted, targets.Count(target => target != ValidationReader.NoTarget));
            for (int i = 0; i < targets.Length; i++)
            {
                Assert.Equal(targets[i] == ValidationReader.NoTarget ? 0 : targets[i] - 1, inputs[i]);
                if (targets[i] != ValidationReader.NoTarget)
                    predicted.Add(targets[i]);
            }
        }

        Assert.Equal(Math.Min(tokens, limit ?? tokens) - 1, reader.Targets);
        Assert.Equal(Enumerable.Range(1, (int)reader.Targets), predicted);
    }

    [Fact]
    public void Fewer_than_two_tokens_leave_nothing_to_predict()
    {
        var e = Assert.Throws<InputException>(() => new ValidationReader(Positions(10), 4, 1, tokens: 1));
        Assert.Equal("validation takes at least 2 tokens; 1 are asked for, the validation part has 10", e.Message);
    }

    [Fact]
    public void A_batch_past_the_last_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ValidationReader(Positions(10), 4, 1).Read(3, new int[4], new int[4]));

    private static TokenSpan Positions(int count) => TokenSpan.Of(Enumerable.Range(0, count).ToArray());
}
