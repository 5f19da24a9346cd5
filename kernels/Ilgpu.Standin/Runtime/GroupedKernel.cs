namespace ILGPU.Runtime;

/// <summary>A kernel whose groups the caller counts: <paramref name="thread"/> runs once a group, as its only thread.</summary>
internal sealed class GroupedKernel(Accelerator accelerator, Action thread)
{
    private readonly Action<int> runGroup = group =>
    {
        Grid.Enter(group);
        thread();
    };

    public void Launch(KernelConfig config)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(config.Groups, 1, nameof(config));
        if (config.ThreadsPerGroup != 1)
            throw new NotSupportedException($"The stand-in runs groups of one thread; this launch asks for {config.ThreadsPerGroup}.");
        accelerator.Workers.Run(runGroup, config.Groups);
    }
}
