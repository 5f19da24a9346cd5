using Ilgpu.Pretrain.Bench;

namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class LlmcStepTests
{
    [Fact]
    public void A_step_is_read_with_its_number_loss_and_seconds() =>
        Assert.Equal(new LlmcStep(12, 10.924551, 5.812345678), LlmcStep.Read("step 12: train loss 10.924551 (took 5812.345678 ms)"));

    [Theory]
    [InlineData("val loss 10.901234")]
    [InlineData("train dataset num_batches: 32")]
    [InlineData("generating:")]
    [InlineData("464 step 20: train loss 10.924551 (took 5812.345678 ms)")]
    [InlineData("step 3: train loss 10.924551")]
    [InlineData("step 3: train loss nan (took 5812.345678 ms)")]
    [InlineData("")]
    public void Other_lines_tell_of_no_step(string line) => Assert.Null(LlmcStep.Read(line));
}
