using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tests.Training;

namespace Ilgpu.Pretrain.Tests.Interchange;

public sealed class TensorFileTests : IDisposable
{
    /// <summary>More than one chunk, and not a multiple of any vector.</summary>
    private const int Columns = (1 << 20) + 13;

    private readonly TemporaryFolder folder = new();
    private readonly DeviceBuffer<float> written = TestRuns.Device.Allocate<float>(Columns);
    private readonly DeviceBuffer<float> read = TestRuns.Device.Allocate<float>(Columns);

    private string FilePath => folder["x.safetensors"];

    [Fact]
    public void A_tensor_of_several_chunks_comes_back_from_disk()
    {
        float[] values = [.. Enumerable.Range(0, Columns).Select(i => i * .5f)];
        Tensor(written).CopyFrom(values);
        var file = new TensorFile();
        file.Save(FilePath, [Named(written)]);
        file.Load(FilePath, [Named(read)]);
        Assert.Equal(values, Tensor(read).ToArray());
    }

    [Theory]
    [InlineData(0, float.NaN)]
    [InlineData(Columns - 1, float.PositiveInfinity)]
    [InlineData(77, float.NegativeInfinity)]
    public void A_tensor_that_is_not_finite_is_not_saved(int position, float value)
    {
        var values = new float[Columns];
        values[position] = value;
        Tensor(written).CopyFrom(values);
        var e = Assert.Throws<NotFiniteNumberException>(() => new TensorFile().Save(FilePath, [Named(written)]));
        Assert.Contains("'w'", e.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        written.Dispose();
        read.Dispose();
        folder.Dispose();
    }

    private static Tensor<float> Tensor(DeviceBuffer<float> buffer) => new(buffer.View, 1, Columns);

    private static NamedTensor Named(DeviceBuffer<float> buffer) => new("w", [Columns], Tensor(buffer));
}
