using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>A generator of text from a run, a snapshot of one, an ensemble or what was imported, with what the text is written in.</summary>
public sealed class TrainedGenerator : IDisposable
{
    private readonly IReadOnlyList<TrainedModel> models;
    private readonly ITokenDecoder decoder;

    private TrainedGenerator(IReadOnlyList<TrainedModel> models, EnsembleAveraging averaging, IReadOnlyList<double>? weights, int mostTokens)
    {
        this.models = models;
        // A text that is shorter than the context needs no cache of its length: some models' is of many gigabytes.
        int capacity = Math.Min(models.Min(model => model.Model.Config.Context), Math.Max(1, mostTokens));
        decoder = models is [var single]
            ? new Decoder(single.Model, capacity: capacity)
            : new EnsembleDecoder([.. models.Select(model => model.Model)], averaging, capacity: capacity, weights: weights);
        Generator = new Generator(decoder);
    }

    public Generator Generator { get; }

    /// <summary>What <see cref="Generator"/> draws from.</summary>
    public ITokenDecoder Decoder => decoder;

    public Tokenizer Tokenizer => models[0].Tokenizer;

    /// <summary>The id that begins a text, or null.</summary>
    public int? BeginningOfText => models[0].BeginningOfText;

    /// <summary>The ids that end a text; none where nothing does.</summary>
    public IReadOnlyList<int> EndsOfText => models[0].EndsOfText;

    /// <param name="device">Where the models go.</param>
    /// <param name="folder">A run's, an ensemble's, an imported model's or ensemble's; RUN#CYCLE is a snapshot of a run.</param>
    /// <param name="averaging">What an ensemble's members are averaged by.</param>
    /// <param name="warn">Told of damaged checkpoints that were passed over, or null.</param>
    /// <param name="weighting">How much each member of an ensemble counts.</param>
    /// <param name="mostTokens">That a text will have, prompt and all.</param>
    /// <exception cref="InputException">It is none of them, a run has no intact checkpoint, or no weights were learned.</exception>
    public static TrainedGenerator Open(Device device, string folder, EnsembleAveraging averaging, Action<string>? warn = null, EnsembleWeighting weighting = EnsembleWeighting.Equal, int mostTokens = int.MaxValue)
    {
        IReadOnlyList<double>? weights = weighting == EnsembleWeighting.Learned ? LearnedWeights(folder, averaging) : null;
        var models = new List<TrainedModel>();
        try
        {
            bool isEnsemble = EnsembleFolder.IsAt(folder);
            if (isEnsemble || EnsembleMember.IsSnapshot(folder))
            {
                foreach (EnsembleMember member in isEnsemble ? EnsembleFolder.OpenMembers(folder, warn) : EnsembleMember.Open([folder], warn))
                    models.Add(TrainedModel.Load(device, member.Folder, member.Config, member.ModelPath));
            }
            else if (EnsembleModelFolder.IsAt(folder))
            {
                foreach (ModelFolder member in EnsembleModelFolder.Open(folder).Members)
                    models.Add(TrainedModel.Load(device, member));
            }
            else
            {
                models.Add(TrainedModel.Open(device, folder, warn));
            }

            return new TrainedGenerator(models, averaging, weights, mostTokens);
        }
        catch
        {
            models.ForEach(model => model.Dispose());
            throw;
        }
    }

    private static IReadOnlyList<double> LearnedWeights(string folder, EnsembleAveraging averaging)
    {
        EnsembleWeights learned = (EnsembleModelFolder.IsAt(folder) ? EnsembleModelFolder.Open(folder).LearnedWeights : EnsembleFolder.FindWeights(folder))
            ?? throw new InputException($"'{folder}' has no learned weights: 'pretrain ensemble --weights learned' puts them into an ensemble's folder.");
        return averaging == EnsembleAveraging.Logits ? learned.Logits.Weights : learned.Probabilities.Weights;
    }

    public void Dispose()
    {
        decoder.Dispose();
        foreach (TrainedModel model in models)
            model.Dispose();
    }
}
