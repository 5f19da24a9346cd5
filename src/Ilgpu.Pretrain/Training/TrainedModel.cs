using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Training;

/// <summary>The model of a run as its newest checkpoint has it, for inference, with the tokenizer of its text.</summary>
public sealed class TrainedModel : IDisposable
{
    private TrainedModel(TrainingConfig config, LlamaModel model, Tokenizer tokenizer, int? separator)
    {
        Config = config;
        Model = model;
        Tokenizer = tokenizer;
        Separator = separator;
    }

    public TrainingConfig Config { get; }

    public LlamaModel Model { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The id that stood behind each document, or null where none did.</summary>
    public int? Separator { get; }

    /// <param name="device">Where the model goes.</param>
    /// <param name="folder">A run's.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">It is not a run's folder, or the run has no intact checkpoint or tokenizer.</exception>
    public static TrainedModel Open(Device device, string folder, Action<string>? warn = null)
    {
        TrainingConfig config = RunFolder.ReadConfig(folder);
        return Load(device, folder, config, RunFolder.RequireCheckpoint(folder, config, warn).ModelPath);
    }

    public void Dispose() => Model.Dispose();

    /// <param name="device">Where the model goes.</param>
    /// <param name="folder">The run's.</param>
    /// <param name="config">Of the run.</param>
    /// <param name="modelPath">The weights of a checkpoint that was found intact.</param>
    /// <exception cref="InputException">The run has no tokenizer.</exception>
    internal static TrainedModel Load(Device device, string folder, TrainingConfig config, string modelPath)
    {
        (Tokenizer tokenizer, int? separator) = RunFolder.ReadTokenizer(folder);
        var model = new LlamaModel(device, config.Model, new LlamaModelOptions(Batch: 1, config.Length));
        try
        {
            CheckpointTensors.LoadInto(model, modelPath);
            return new TrainedModel(config, model, tokenizer, separator);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
