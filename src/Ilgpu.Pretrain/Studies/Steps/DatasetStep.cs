using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A dataset: built once from its source, found again, or opened where it lies.</summary>
public sealed class DatasetStep : StudyStep
{
    private readonly DatasetOptions options;
    private readonly DatasetStep? tokenizerOf;

    /// <param name="name">Unique among datasets.</param>
    /// <param name="place">Where the file says so.</param>
    /// <param name="options">Their source is a dataset's folder or what one is made of.</param>
    /// <param name="tokenizerOf">The dataset whose tokenizer it has; null for its own.</param>
    internal DatasetStep(string name, Place place, DatasetOptions options, DatasetStep? tokenizerOf)
        : base(name, place)
    {
        this.options = options;
        this.tokenizerOf = tokenizerOf;
    }

    public override string Kind => "dataset";

    public override IReadOnlyList<StudyStep> Needs => tokenizerOf is null ? [] : [tokenizerOf];

    /// <summary>Whether what it is made of is there.</summary>
    private bool HasSource => DatasetOptions.IsDotnetDocs(options.Source) || Path.Exists(options.Source);

    internal override string? WhyMissing(StudyContext context) =>
        IsOptional && !HasSource && context.Ledger.FindDataset(LedgerKey) is null ? "its source is not there" : null;

    /// <summary>What tells it from other datasets, whatever study names it and wherever it is: its source's name and its options.</summary>
    internal string LedgerKey => DatasetStore.KeyOf(options, tokenizerOf?.LedgerKey);

    internal override StepResult? Find(StudyContext context)
    {
        string folder = FolderIn(context);
        if (TokenDataset.IsAt(folder))
        {
            using TokenDataset dataset = TokenDataset.Open(folder);
            return ResultOf(DatasetIdentity.Of(dataset), context);
        }

        return context.Ledger.FindDataset(LedgerKey) is { } identity ? ResultOf(identity, context) : null;
    }

    internal override StepResult Do(StudyContext context)
    {
        if (context.Ledger.FindDataset(LedgerKey) is { } known && !TokenDataset.IsAt(FolderIn(context)))
            return ResultOf(known, context);
        return ResultOf(DatasetIdentity.Of(Open(context)), context);
    }

    internal override StepEstimate Estimate(EstimateContext context) => StepEstimate.Nothing;

    /// <summary>The dataset itself, built where it is not there.</summary>
    /// <exception cref="InputException">The source cannot be used, or gives another dataset than the ledger's.</exception>
    internal TokenDataset Open(StudyContext context)
    {
        string folder = FolderIn(context);
        TokenDataset dataset = context.OpenDataset(folder, () => TokenDataset.IsAt(options.Source)
            ? TokenDataset.Open(folder, verify: true)
            : DatasetBuilder.Build(options with { Tokenizer = TokenizerIn(context) }, folder, cancellation: context.Cancellation));
        RequireAsInLedger(DatasetIdentity.Of(dataset), context);
        return dataset;
    }

    private DatasetResult ResultOf(DatasetIdentity identity, StudyContext context)
    {
        RequireAsInLedger(identity, context);
        return new DatasetResult(identity, FolderIn(context), LedgerKey);
    }

    private void RequireAsInLedger(DatasetIdentity identity, StudyContext context)
    {
        if (context.Ledger.FindDataset(LedgerKey) is { } known && known.Hash != identity.Hash)
            throw new InputException($"The dataset '{Name}' is {identity.Hash} here and {known.Hash} in the ledger: its source has another text here, and the ledger's results are not about it.");
    }

    private string FolderIn(StudyContext context) =>
        TokenDataset.IsAt(options.Source) ? options.Source : DatasetStore.PathOf(context.DataFolder, options with { Tokenizer = tokenizerOf?.FolderIn(context) ?? options.Tokenizer });

    /// <summary>As a dataset's options name it: by its file, where it has one.</summary>
    private string TokenizerIn(StudyContext context)
    {
        if (tokenizerOf is null)
            return options.Tokenizer;
        TokenDataset other = tokenizerOf.Open(context);
        return other.Tokenizer.HasFile ? Path.Combine(other.Folder, other.Tokenizer.Name) : other.Tokenizer.Name;
    }
}
