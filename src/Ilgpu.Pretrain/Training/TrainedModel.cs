using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Training;

/// <summary>The model of a run as its newest checkpoint has it, or an imported one, for inference, with the tokenizer of its text.</summary>
public sealed class TrainedModel : IDisposable
{
    /// <summary>Tokens of a window of an imported model: its context, which may be far longer than what it is used for, up to this.</summary>
    private const int LongestWindow = 2048;

    private TrainedModel(LlamaModel model, Tokenizer tokenizer, int? beginning, IReadOnlyList<int> ends)
    {
        Model = model;
        Tokenizer = tokenizer;
        BeginningOfText = beginning;
        EndsOfText = ends;
    }

    public LlamaModel Model { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The id that begins a text, or null: that which stood behind each document of a run's data.</summary>
    public int? BeginningOfText { get; }

    /// <summary>The ids that end a text; none where nothing does.</summary>
    public IReadOnlyList<int> EndsOfText { get; }

    /// <param name="device">Where the model goes.</param>
    /// <param name="folder">A run's, or an imported model's.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">It is neither, or the run has no intact checkpoint or tokenizer.</exception>
    public static TrainedModel Open(Device device, string folder, Action<string>? warn = null)
    {
        if (ModelFolder.IsAt(folder))
            return Load(device, ModelFolder.Open(folder));
        TrainingConfig config = RunFolder.ReadConfig(folder);
        return Load(device, folder, config, RunFolder.RequireCheckpoint(folder, config, warn).ModelPath);
    }

    public void Dispose() => Model.Dispose();

    /// <param name="device">Where the model goes.</param>
    /// <param name="imported">The model.</param>
    internal static TrainedModel Load(Device device, ModelFolder imported)
    {
        LlamaModel model = imported.Load(device, new LlamaModelOptions(Batch: 1, Math.Min(imported.Config.Context, LongestWindow)));
        return new TrainedModel(model, imported.Tokenizer, imported.BeginningOfText, imported.EndsOfText);
    }

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
            return new TrainedModel(model, tokenizer, separator, separator is { } end ? [end] : []);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
