using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;

namespace Ilgpu.Pretrain.Training;

/// <summary>What a run reads; the configuration names each by its hash or id.</summary>
/// <param name="Dataset">That <see cref="TrainingConfig.DatasetHash"/> names.</param>
public sealed record TrainingSources(TokenDataset Dataset)
{
    /// <summary>That <see cref="TrainingConfig.Mixed"/> names; null where it is null.</summary>
    public TokenDataset? Mixed { get; init; }

    /// <summary>The folder of the run or imported model that <see cref="TrainingConfig.Start"/> names; looked at only where there is no checkpoint yet.</summary>
    public string? StartFolder { get; init; }

    /// <summary>Runs whose predictions the training follows, in the order of the configuration; empty for none.</summary>
    public IReadOnlyList<EnsembleMember> Teachers { get; init; } = [];

    /// <exception cref="InputException">Something that the configuration names is missing or another, or does not suffice.</exception>
    internal void RequireFitting(TrainingConfig config)
    {
        RequireDataset(config.DatasetHash, Dataset);
        if (config.Tokens > Dataset.Train.Length)
            throw new InputException($"--tokens was given {config.Tokens}; the dataset's training part has {Dataset.Train.Length}.");
        if (config.Model.Vocabulary < Dataset.Tokenizer.VocabularySize)
        {
            throw new InputException(
                $"Model '{config.Model.Name}' has a vocabulary of {config.Model.Vocabulary}; the dataset's tokenizer has {Dataset.Tokenizer.VocabularySize}.");
        }

        if (config.Mixed is { } mixed)
            RequireMixed(mixed);
        SoftLabelTeachers.RequireFitting(config, Dataset.Tokenizer, Teachers);
    }

    private void RequireMixed(MixedData mixed)
    {
        if (Mixed is null)
            throw new InputException($"The run mixes in the dataset {mixed.DatasetHash}, which was not given.");
        RequireDataset(mixed.DatasetHash, Mixed);
        if (mixed.Tokens > Mixed.Train.Length)
            throw new InputException($"{mixed.Tokens} tokens are to be mixed in; the training part of '{Mixed.Folder}' has {Mixed.Train.Length}.");
        if (Mixed.Tokenizer.Fingerprint != Dataset.Tokenizer.Fingerprint)
            throw new InputException($"'{Mixed.Folder}' is of the tokenizer '{Mixed.Tokenizer.Name}', and '{Dataset.Folder}' of another one, '{Dataset.Tokenizer.Name}': datasets are mixed within one tokenizer.");
    }

    private static void RequireDataset(string expected, TokenDataset found)
    {
        if (expected != found.Hash)
            throw new InputException($"The run is on the dataset {expected}; the one given is {found.Hash}.");
    }
}
