using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Studies;

/// <summary>What a configuration needs to know of a dataset.</summary>
/// <param name="Hash"><see cref="TokenDataset.Hash"/>.</param>
/// <param name="Vocabulary">Of its tokenizer.</param>
/// <param name="TrainTokens">Of its training part.</param>
/// <param name="ValidationTokens">Of its validation part.</param>
public sealed record DatasetIdentity(string Hash, int Vocabulary, long TrainTokens, long ValidationTokens)
{
    public static DatasetIdentity Of(TokenDataset dataset) => new(dataset.Hash, dataset.Tokenizer.VocabularySize, dataset.Train.Length, dataset.Validation.Length);
}
