using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>A generator of text from a run or from an ensemble of runs, with what the text is written in.</summary>
public sealed class TrainedGenerator : IDisposable
{
    private readonly IReadOnlyList<TrainedModel> models;
    private readonly ITokenDecoder decoder;

    private TrainedGenerator(IReadOnlyList<TrainedModel> models, EnsembleAveraging averaging)
    {
        this.models = models;
        decoder = models is [var single] ? new Decoder(single.Model) : new EnsembleDecoder([.. models.Select(model => model.Model)], averaging);
        Generator = new Generator(decoder);
    }

    public Generator Generator { get; }

    public Tokenizer Tokenizer => models[0].Tokenizer;

    /// <summary>The id that stood behind each document, or null where none did.</summary>
    public int? Separator => models[0].Separator;

    /// <param name="device">Where the models go.</param>
    /// <param name="folder">A run's or an ensemble's.</param>
    /// <param name="averaging">What an ensemble's members are averaged by.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <exception cref="InputException">It is neither, or a run has no intact checkpoint.</exception>
    public static TrainedGenerator Open(Device device, string folder, EnsembleAveraging averaging, Action<string>? warn = null)
    {
        var models = new List<TrainedModel>();
        try
        {
            if (EnsembleFolder.IsAt(folder))
            {
                foreach (EnsembleMember member in EnsembleFolder.OpenMembers(folder, warn))
                    models.Add(TrainedModel.Load(device, member.Folder, member.Config, member.ModelPath));
            }
            else
            {
                models.Add(TrainedModel.Open(device, folder, warn));
            }

            return new TrainedGenerator(models, averaging);
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }
    }

    public void Dispose()
    {
        decoder.Dispose();
        foreach (TrainedModel model in models)
            model.Dispose();
    }
}
