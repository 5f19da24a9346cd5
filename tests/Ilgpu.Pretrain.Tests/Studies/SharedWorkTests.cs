using System.Collections.Concurrent;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>Work that the slots of a study share.</summary>
public sealed class SharedWorkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void Every_free_slot_takes_part_on_a_device_of_its_own()
    {
        using var scheduler = new LocalScheduler(3, () => Device.OpenCpu(1));
        using var together = new Barrier(3);
        var devices = new ConcurrentBag<Device>();
        SharedWork.Run(
            scheduler,
            device =>
            {
                devices.Add(device);
                Assert.True(together.SignalAndWait(Patience));
            },
            priority: 0,
            TestContext.Current.CancellationToken);
        Assert.Equal(3, devices.Distinct().Count());
    }

    [Fact]
    public async Task A_slot_that_is_busy_is_not_waited_for_and_finds_nothing_to_do_afterwards()
    {
        using var scheduler = new LocalScheduler(2, () => Device.OpenCpu(1));
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Task<bool> busy = scheduler.Compute(
            _ =>
            {
                begun.Set();
                return release.Wait(Patience);
            },
            priority: 0,
            TestContext.Current.CancellationToken);
        Assert.True(begun.Wait(Patience, TestContext.Current.CancellationToken));
        int calls = 0;
        SharedWork.Run(scheduler, _ => calls++, priority: 0, TestContext.Current.CancellationToken);
        Assert.False(busy.IsCompleted);
        // The free slot may have come twice before it was over.
        int before = calls;
        Assert.InRange(before, 1, 2);
        release.Set();
        Assert.True(await busy);
        await scheduler.Compute(_ => true, priority: 1, TestContext.Current.CancellationToken);
        Assert.Equal(before, calls);
    }

    [Fact]
    public void It_is_over_when_all_are_that_joined()
    {
        using var scheduler = new LocalScheduler(2, () => Device.OpenCpu(1));
        using var both = new Barrier(2);
        int calls = 0, ended = 0;
        SharedWork.Run(
            scheduler,
            _ =>
            {
                Assert.True(both.SignalAndWait(Patience));
                if (Interlocked.Increment(ref calls) == 2)
                    Thread.Sleep(200);
                Interlocked.Increment(ref ended);
            },
            priority: 0,
            TestContext.Current.CancellationToken);
        Assert.Equal(2, ended);
    }

    [Fact]
    public void A_slot_whose_device_cannot_be_opened_is_told()
    {
        using var scheduler = new LocalScheduler(2, () => throw new DeviceUnavailableException("none here"));
        Assert.Throws<DeviceUnavailableException>(() => SharedWork.Run(scheduler, _ => { }, priority: 0, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_was_cancelled_before_a_slot_was_free_does_not_begin()
    {
        using var scheduler = new LocalScheduler(2, () => Device.OpenCpu(1));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        int calls = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => SharedWork.Run(scheduler, _ => calls++, priority: 0, cancellation.Token));
        Assert.Equal(0, calls);
    }
}
