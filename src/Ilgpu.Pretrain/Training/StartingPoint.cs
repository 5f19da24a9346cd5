using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Training;

/// <summary>The checkpoint that a run starts from.</summary>
/// <param name="Config">Of the run that it is of.</param>
/// <param name="Checkpoint">Its last one.</param>
public sealed record StartingPoint(TrainingConfig Config, Checkpoint Checkpoint)
{
    /// <summary>Opens a finished run for another one to start from.</summary>
    /// <param name="folder">The finished run's.</param>
    /// <param name="start">What is taken of it.</param>
    /// <param name="config">Of the run that starts.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">It is another run, is not finished, lost its last checkpoint, or its model is another one.</exception>
    public static StartingPoint Open(string folder, RunStart start, TrainingConfig config, Action<string>? warn)
    {
        TrainingConfig found = RunFolder.ReadConfig(folder);
        if (found.Id != start.RunId)
            throw new InputException($"The run starts from run {start.RunId}; the one in '{folder}' is {found.Id}.");
        if (RunFolder.FindResult(folder, found) is not { } result)
            throw new InputException($"The run in '{folder}' is not finished; another one starts from it when it is.");
        RequireSameModel($"The run in '{folder}'", found.Model, config.Model);
        if (start.State == StartState.Everything && found.Optimizer != config.Optimizer)
        {
            throw new InputException($"The run in '{folder}' was trained with --optimizer {found.Optimizer.ToString().ToLowerInvariant()}, and the state of another optimizer is no use to "
                + $"{config.Optimizer.ToString().ToLowerInvariant()}: take its parameters alone, or the same optimizer.");
        }

        return new StartingPoint(found, RunFolder.RequireLastCheckpoint(folder, found, result, warn));
    }

    /// <summary>Fills a model from an imported one for a run to start from.</summary>
    /// <param name="imported">What the run starts from.</param>
    /// <param name="start">What is taken of it.</param>
    /// <param name="model">Of the run.</param>
    /// <exception cref="InputException">It is another model, of another shape, or has not what is to be taken.</exception>
    internal static void Load(ModelFolder imported, RunStart start, LlamaModel model)
    {
        if (imported.Id != start.RunId)
            throw new InputException($"The run starts from {start.RunId}; the model in '{imported.Location}' is {imported.Id}.");
        if (start.State == StartState.Everything)
            throw new InputException($"The model in '{imported.Location}' was imported, without an optimizer's state: take its parameters alone.");
        RequireSameModel($"The model in '{imported.Location}'", imported.Config, model.Config);
        imported.LoadInto(model);
    }

    private static void RequireSameModel(string source, LlamaConfig found, LlamaConfig expected)
    {
        if (found with { Name = "", Context = 0 } != expected with { Name = "", Context = 0 })
            throw new InputException($"{source} is of another model than the one that is to start from it: a run takes over the whole model, only its context may differ.");
    }
}
