namespace Ilgpu.Pretrain.Tuning;

/// <summary>What is known of a neighbour.</summary>
public enum NeighborState
{
    /// <summary>It was run.</summary>
    Run,

    /// <summary>It was run, and diverged.</summary>
    Diverged,

    /// <summary>It is on the grid, and was not run.</summary>
    NotRun,

    /// <summary>The grid ends here: a wider one might have something better.</summary>
    BeyondGrid,

    /// <summary>The grid ends here, and so do the values: there is no decay below 0, nor less than one epoch.</summary>
    BeyondValues,
}
