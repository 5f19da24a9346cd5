namespace Ilgpu.Pretrain.Training;

/// <summary>The version of everything that decides the bits of a run beside its configuration.</summary>
public static class Numerics
{
    /// <summary>
    /// Raised whenever a kernel, the initialisation, the data order or the optimizer gives other bits than before: a run
    /// of another version is another run.
    /// </summary>
    public const int Version = 1;
}
