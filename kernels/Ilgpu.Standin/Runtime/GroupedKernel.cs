namespace ILGPU.Runtime;

/// <summary>A kernel whose groups the caller counts: <paramref name="thread"/> runs on every thread of each group.</summary>
internal sealed class GroupedKernel(Accelerator accelerator, Action thread)
{
    private readonly Action thread = thread;
    private int groups;
    private Action<int>? runGroup;

    public void Launch(KernelConfig config)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(config.Groups, 1, nameof(config));
        if (config.ThreadsPerGroup > 1)
        {
            accelerator.GroupOf(config.ThreadsPerGroup).Run(thread, config.Groups);
            return;
        }

        groups = config.Groups;
        accelerator.Workers.Run(runGroup ??= RunGroup, config.Groups);
    }

    private void RunGroup(int group)
    {
        Grid.Enter(group, groups);
        thread();
    }
}
