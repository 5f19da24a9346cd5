using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Training;

/// <summary>
/// What the two files of a run's checkpoints hold: the weights that the run gives, and what training goes on from beside
/// them. Where a run averages its parameters, the average is what it gives, and the parameters are in the second file.
/// </summary>
internal sealed class CheckpointContent
{
    private const string ParametersPrefix = "parameters.";

    private readonly IOptimizer optimizer;
    private readonly ParameterAverage? average;
    private readonly NamedTensor[] parameters;
    private readonly NamedTensor[] besideAverage;
    private readonly NamedTensor[] optimizerState;

    public CheckpointContent(LlamaModel model, IOptimizer optimizer, ParameterAverage? average)
    {
        this.optimizer = optimizer;
        this.average = average;
        parameters = [.. CheckpointTensors.Of(model.Layout, model.Parameters)];
        besideAverage = [.. CheckpointTensors.Of(model.Layout, model.Parameters, ParametersPrefix)];
        optimizerState = [.. optimizer.State.SelectMany(state => CheckpointTensors.Of(model.Layout, state.Slab, state.Name + "."))];
        Model = average is null ? parameters : [.. CheckpointTensors.Of(model.Layout, average.Slab)];
        Optimizer = average is null ? optimizerState : [.. optimizerState, .. besideAverage];
    }

    /// <summary>Of model.safetensors.</summary>
    public IReadOnlyList<NamedTensor> Model { get; }

    /// <summary>Of optimizer.safetensors.</summary>
    public IReadOnlyList<NamedTensor> Optimizer { get; }

    /// <summary>Optimizer and average have taken the steps that a state tells of.</summary>
    public void SetSteps(TrainingState state)
    {
        optimizer.StepsTaken = state.OptimizerSteps ?? state.Step;
        if (average is not null)
            average.Steps = state.AveragedSteps ?? state.Step;
    }

    /// <summary>
    /// Takes the checkpoint that a run starts from: what that run gave as the parameters, or everything as it stood. Then an
    /// average goes on where both runs keep one.
    /// </summary>
    public void Take(StartingPoint point, StartState taken)
    {
        var file = new TensorFile();
        Checkpoint checkpoint = point.Checkpoint;
        if (taken == StartState.Parameters)
        {
            file.Load(checkpoint.ModelPath, parameters);
            return;
        }

        file.Load(checkpoint.OptimizerPath, optimizerState);
        SetSteps(checkpoint.State);
        if (point.Config.Ema is null)
        {
            file.Load(checkpoint.ModelPath, parameters);
            if (average is not null)
                average.Steps = 0;
            return;
        }

        file.Load(checkpoint.OptimizerPath, besideAverage);
        if (average is not null)
            file.Load(checkpoint.ModelPath, Model);
    }
}
