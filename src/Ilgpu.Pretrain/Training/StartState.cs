namespace Ilgpu.Pretrain.Training;

/// <summary>What a run takes from the checkpoint it starts from.</summary>
public enum StartState
{
    /// <summary>The parameters; the optimizer starts anew.</summary>
    Parameters,

    /// <summary>The parameters and the optimizer's state, its count of steps among it: the run goes on where the other one ended.</summary>
    Everything,
}
