namespace Ilgpu.Pretrain.Kernels.Tests;

public sealed class TensorCopyTests
{
    /// <summary>ILGPU takes host memory by reference and reads it by address: an array that the collector moves meanwhile would be copied from where it was.</summary>
    [Fact]
    public void Copies_are_right_while_the_collector_moves_arrays()
    {
        const int Length = 500;
        Device device = TestDevices.Cpu;
        using DeviceBuffer<int> buffer = device.Allocate<int>(Length);
        var tensor = new Tensor<int>(buffer.View, 1, Length);
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        });
        collector.Start();
        try
        {
            for (int round = 1; round <= 3_000; round++)
            {
                var sent = new int[Length];
                Array.Fill(sent, round);
                tensor.CopyFrom(sent);
                int[] received = tensor.ToArray();
                if (!received.AsSpan().SequenceEqual(sent))
                    Assert.Fail($"round {round}: sent {round}s, received {received[0]} ... {received[^1]}");
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
