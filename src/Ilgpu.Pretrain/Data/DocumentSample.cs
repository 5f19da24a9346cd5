namespace Ilgpu.Pretrain.Data;

/// <summary>The beginning of one document of a dataset, as its tokens say it.</summary>
/// <param name="Part"><c>train</c> or <c>validation</c>.</param>
/// <param name="Number">Within its part, counted from 0.</param>
/// <param name="Tokens">Of the whole document.</param>
/// <param name="Ids">The first ones.</param>
/// <param name="Text">Of those.</param>
public sealed record DocumentSample(string Part, long Number, long Tokens, IReadOnlyList<int> Ids, string Text)
{
    /// <summary>The first documents of each part; the parts are in a seeded order, so they are a random sample.</summary>
    /// <param name="dataset">Whose documents.</param>
    /// <param name="documents">Of each part at most.</param>
    /// <param name="tokens">Of each document at most.</param>
    public static IEnumerable<DocumentSample> Of(TokenDataset dataset, int documents, int tokens) =>
        OfPart("train", dataset, dataset.Train, 0, Math.Min(documents, dataset.Manifest.Train.Documents), tokens)
            .Concat(OfPart("validation", dataset, dataset.Validation, dataset.Manifest.Train.Documents, Math.Min(documents, dataset.Manifest.Validation.Documents), tokens));

    private static IEnumerable<DocumentSample> OfPart(string name, TokenDataset dataset, TokenSpan part, long firstDocument, long documents, int tokens)
    {
        long partStart = dataset.DocumentStart(firstDocument);
        for (long number = 0; number < documents; number++)
        {
            long start = dataset.DocumentStart(firstDocument + number) - partStart;
            long length = dataset.DocumentStart(firstDocument + number + 1) - partStart - start;
            var ids = new int[Math.Min(length, tokens)];
            part.Read(start, ids);
            yield return new DocumentSample(name, number, length, ids, dataset.Tokenizer.DecodeText(ids));
        }
    }
}
