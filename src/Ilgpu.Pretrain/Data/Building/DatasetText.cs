using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Data;

/// <summary>
/// The text that a dataset is made of, read as often as it takes: documents that are not empty, a single one parted into
/// its training and its validation lines.
/// </summary>
internal sealed class DatasetText
{
    private readonly DatasetOptions options;
    private readonly TextSource source;
    private readonly TextSource? validation;

    /// <exception cref="InputException">A source cannot be read.</exception>
    public DatasetText(DatasetOptions options, CancellationToken cancellation)
    {
        this.options = options;
        Passages? passages = options.DocumentBytes is { } most ? new Passages(most, options.WholeFiles) : null;
        source = TextSource.Open(options.Source, options.TextField, options.Threads, cancellation, passages);
        validation = options.Validation is null ? null : TextSource.Open(options.Validation, options.TextField, options.Threads, cancellation, passages);
        Unit = validation is null ? source.Unit : SplitUnit.Given;
    }

    public IReadOnlyList<SourceFile> Files => source.Files;

    /// <summary>Null where validation is drawn from the source.</summary>
    public IReadOnlyList<SourceFile>? ValidationFiles => validation?.Files;

    public long TotalBytes => source.TotalBytes + (validation?.TotalBytes ?? 0);

    /// <summary>Of <see cref="TotalBytes"/>, by the reading that goes on.</summary>
    public long BytesRead => source.BytesRead + (validation?.BytesRead ?? 0);

    /// <summary>Documents without text, which the last reading left out.</summary>
    public long EmptyDocuments { get; private set; }

    /// <summary>What the split holds out as a whole; known after a reading.</summary>
    public SplitUnit Unit { get; private set; }

    /// <summary>Reads all documents once.</summary>
    /// <param name="index">Empty; takes in what is read.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A file cannot be read or changed meanwhile, or there is no text, or nothing to hold out.</exception>
    public IEnumerable<TextDocument> Read(DocumentIndex index, CancellationToken cancellation)
    {
        EmptyDocuments = 0;
        IEnumerable<TextDocument> training = validation is null && Unit != SplitUnit.File
            ? CutIfSingle(cancellation)
            : NotEmpty(source.Documents(cancellation));
        foreach (TextDocument part in index.Passing(training))
            yield return part;
        RequireText("source", options.Source, index.Count, EmptyDocuments);
        if (validation is not null)
        {
            long emptyInSource = EmptyDocuments;
            index.BeginValidation();
            foreach (TextDocument part in index.Passing(NotEmpty(validation.Documents(cancellation))))
                yield return part;
            RequireText("validation", options.Validation!, index.Count - index.FirstGivenForValidation!.Value, EmptyDocuments - emptyInSource);
            validation.RequireUnchanged();
        }

        source.RequireUnchanged();
    }

    /// <summary>The split of what was read.</summary>
    public DocumentSplit Split(DocumentIndex index) => Unit switch
    {
        SplitUnit.Line => new DocumentSplit(Train: [0], Validation: [1], Duplicates: 0),
        SplitUnit.Given => DocumentSplit.Given(index, options.SplitSeed, options.Deduplicate),
        _ => DocumentSplit.Draw(index, options.ValidationShare, options.SplitSeed, options.Deduplicate),
    };

    private static void RequireText(string role, string from, int documents, long empty)
    {
        if (documents == 0)
            throw new InputException($"{role}: '{from}' is empty: {empty} documents, none of them with any text");
    }

    /// <summary>A source of one document is told from others by the second one; a file by itself is read in its two parts.</summary>
    private IEnumerable<TextDocument> CutIfSingle(CancellationToken cancellation)
    {
        if (source.CutAtLine(options.ValidationShare, cancellation) is { } parts)
        {
            Unit = SplitUnit.Line;
            foreach (TextDocument part in UnlessBlank(parts))
                yield return part;
            yield break;
        }

        TextDocument? single = null;
        bool several = false;
        int documents = 0;
        string name = "";
        foreach (TextDocument part in NotEmpty(source.Documents(cancellation)))
        {
            documents += part.Unfinished ? 0 : 1;
            name = part.Name;
            if (single is null && !several && !part.Unfinished)
            {
                single = part;
                continue;
            }

            several = true;
            if (single is { } first)
                yield return first;
            single = null;
            yield return part;
        }

        if (several && documents == 1)
            throw new InputException($"{name} is the only document and too large to be split, unless it is the source by itself and not compressed: give it so, or --validation or --document-bytes");
        if (single is not { } only)
            yield break;
        Unit = SplitUnit.Line;
        (TextDocument train, TextDocument held) = DocumentCut.AtLine(only, options.ValidationShare);
        yield return train;
        yield return held;
    }

    private IEnumerable<TextDocument> NotEmpty(IEnumerable<TextDocument> parts)
    {
        bool within = false;
        foreach (TextDocument part in parts)
        {
            if (!within && !part.Unfinished && part.IsEmpty)
            {
                EmptyDocuments++;
                continue;
            }

            within = part.Unfinished;
            yield return part;
        }
    }

    /// <summary>The two parts of one document, of which one may be blank.</summary>
    private IEnumerable<TextDocument> UnlessBlank(IEnumerable<TextDocument> parts)
    {
        var blank = new List<TextDocument>();
        bool hasText = false;
        foreach (TextDocument part in parts)
        {
            hasText |= !part.IsEmpty;
            blank.Add(part);
            if (!hasText)
                continue;
            foreach (TextDocument each in blank)
                yield return each;
            blank.Clear();
        }

        if (!hasText)
            EmptyDocuments++;
    }
}
