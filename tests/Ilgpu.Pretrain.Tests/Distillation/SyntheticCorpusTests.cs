using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Distillation;

public sealed class SyntheticCorpusTests : IDisposable
{
    private const int Length = 16;
    private static readonly SamplingOptions Sampling = new() { Seed = 3 };

    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    [Fact]
    public void A_corpus_is_a_dataset_of_its_teachers_tokenizer_with_their_validation_part()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(2);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 100, length: null, Sampling);
        using TokenDataset corpus = Corpus("corpora", recipe, teachers);
        Assert.Equal(Path.Combine(runs.Path("corpora"), recipe.Id), corpus.Folder);
        Assert.Equal((Length, 7), (recipe.Length, recipe.Sequences));
        Assert.Equal(100, corpus.Train.Length);
        Assert.Equal(runs.Dataset.Tokenizer.Fingerprint, corpus.Tokenizer.Fingerprint);
        Assert.Equal(runs.Dataset.Separator, corpus.Separator);
        Assert.Equal(Ids(runs.Dataset.Validation), Ids(corpus.Validation));
        Assert.Equal(runs.Dataset.Manifest.Validation, corpus.Manifest.Validation);
        Assert.Equal(corpus.TextBytes(corpus.Train, 0, 100), corpus.Manifest.Train.TextBytes);

        // Documents end where the token between them stands: at the end of every sequence, and where a teacher drew it.
        int[] ids = Ids(corpus.Train);
        int[] ends = [.. ids.Index().Where(id => id.Item == corpus.Separator).Select(id => id.Index + 1)];
        Assert.Equal([16, 32, 48, 64, 80, 96], ends.Where(end => end % Length == 0));
        Assert.Equal(corpus.TrainDocumentBounds(100), ends.Append(100).Prepend(0).Distinct().Select(end => (long)end));
        SyntheticSource source = SyntheticCorpus.ReadSource(corpus.Folder)!;
        Assert.Equal(recipe.Teachers, source.Recipe.Teachers);
        Assert.True(source.TokensPerSecond > 0);
        Assert.Null(SyntheticCorpus.ReadSource(runs.Dataset.Folder));
        using TokenDataset verified = TokenDataset.Open(corpus.Folder, verify: true);
    }

    [Fact]
    public void It_is_found_again_and_does_not_depend_on_the_batch()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(2);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Probabilities, 150, Length, Sampling);
        using TokenDataset first = Corpus("corpora", recipe, teachers, batch: 4);
        var reports = new Reports();
        using TokenDataset again = Corpus("corpora", recipe, teachers, batch: 3, reports);
        Assert.Equal((first.Hash, 0), (again.Hash, reports.Count));
        using TokenDataset elsewhere = Corpus("elsewhere", recipe, teachers, batch: 7, reports);
        Assert.Equal(first.Hash, elsewhere.Hash);
        Assert.Equal(2 * (Length - 1), reports.Count);
        Assert.Equal((160, 160), (reports.Last.Tokens, reports.Last.Total));
    }

    [Theory]
    [InlineData(TeacherKind.Logits, 1)]
    [InlineData(TeacherKind.Logits, 40)]
    [InlineData(TeacherKind.Mix, 70)]
    public void What_was_stopped_goes_on_to_the_same_bits(TeacherKind kind, int stopAfter)
    {
        IReadOnlyList<EnsembleMember> teachers = Train(2);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, kind, 170, Length, Sampling);
        using TokenDataset whole = Corpus("whole", recipe, teachers, batch: 2);
        using var source = new CancellationTokenSource();
        var reports = new Reports { After = count => Cancel(source, count == stopAfter) };
        Assert.Throws<OperationCanceledException>(() => Corpus("stopped", recipe, teachers, batch: 2, reports, source));
        Assert.False(TokenDataset.IsAt(Path.Combine(runs.Path("stopped"), recipe.Id)));
        var rest = new Reports();
        using TokenDataset stopped = Corpus("stopped", recipe, teachers, batch: 3, rest);
        Assert.Equal(whole.Hash, stopped.Hash);
        Assert.Equal(stopAfter > Length, rest.First.Tokens > 3 + (2 * Length));
        Assert.Equal([recipe.Id], Directory.GetFileSystemEntries(runs.Path("stopped")).Select(Path.GetFileName));
    }

    [Fact]
    public void What_is_said_of_unfinished_work_is_not_believed_when_damaged()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(1);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 100, Length, Sampling);
        using TokenDataset whole = Corpus("whole", recipe, teachers);
        using var source = new CancellationTokenSource();
        var reports = new Reports { After = count => Cancel(source, count == 40) };
        Assert.Throws<OperationCanceledException>(() => Corpus("stopped", recipe, teachers, batch: 2, reports, source));
        string progress = Path.Combine(runs.Path("stopped"), $".{recipe.Id}.sampling", "progress.json");
        File.WriteAllText(progress, File.ReadAllText(progress).Replace("4", "6", StringComparison.Ordinal));
        using TokenDataset stopped = Corpus("stopped", recipe, teachers);
        Assert.Equal(whole.Hash, stopped.Hash);
    }

    [Fact]
    public void In_a_mix_each_sequence_is_what_one_teacher_writes_alone()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(3);
        int[][] alone = [.. teachers.Select((teacher, i) =>
        {
            using TokenDataset corpus = Corpus("alone", SyntheticRecipe.Of([teacher], TeacherKind.Mix, 7 * Length, Length, Sampling), [teacher]);
            return Ids(corpus.Train);
        })];
        using TokenDataset mix = Corpus("mix", SyntheticRecipe.Of(teachers, TeacherKind.Mix, 7 * Length, Length, Sampling), teachers, batch: 2);
        int[][] sequences = [.. Ids(mix.Train).Chunk(Length)];
        for (int sequence = 0; sequence < 7; sequence++)
            Assert.Equal(alone[sequence % 3].Chunk(Length).ElementAt(sequence), sequences[sequence]);
    }

    [Fact]
    public void Where_nothing_stands_between_documents_sequences_start_from_tokens_of_the_text()
    {
        using TokenDataset dataset = DatasetBuilder.Build(
            new DatasetOptions { Source = Text(), ValidationShare = .2, Threads = 1, Separator = DatasetOptions.NoSeparator },
            runs.Path("unseparated"),
            cancellation: TestContext.Current.CancellationToken);
        TrainingConfig config = runs.Config with { DatasetHash = dataset.Hash, Epochs = 1, Dropout = 0 };
        Trainer.Run(config, TestRuns.Options, new TrainingSources(dataset), TestRuns.Device, runs.Path("run"), null, TestContext.Current.CancellationToken);
        IReadOnlyList<EnsembleMember> teachers = EnsembleMember.Open([runs.Path("run")]);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 40 * 2, 2, Sampling);
        using TokenDataset corpus = SyntheticCorpus.FindOrSample(
            runs.Path("corpora"), recipe, teachers, dataset, TestRuns.Device, cancellation: TestContext.Current.CancellationToken);
        Assert.Null(corpus.Separator);
        Assert.Equal(Enumerable.Range(0, 41).Select(document => 2L * document), corpus.TrainDocumentBounds(80));
        int[] starts = [.. Ids(corpus.Train).Chunk(2).Select(sequence => sequence[0])];
        Assert.Empty(starts.Except(Ids(dataset.Train)));
        Assert.InRange(starts.Distinct().Count(), 8, 40);
    }

    [Fact]
    public void The_name_follows_from_all_that_decides_the_text()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(2);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 100, Length, Sampling);
        SyntheticRecipe[] others =
        [
            SyntheticRecipe.Of([teachers[1], teachers[0]], TeacherKind.Logits, 100, Length, Sampling),
            SyntheticRecipe.Of([teachers[0]], TeacherKind.Logits, 100, Length, Sampling),
            recipe with { Kind = TeacherKind.Mix }, recipe with { Tokens = 101 }, recipe with { Length = 15 }, recipe with { Temperature = .9 },
            recipe with { TopK = 5 }, recipe with { TopP = .9 }, recipe with { Seed = 4 }, recipe with { DatasetHash = "another" }, recipe with { NumericsVersion = 99 },
        ];
        Assert.Equal(others.Length + 1, others.Append(recipe).Select(each => each.Id).Distinct().Count());
        Assert.Equal(recipe.Id, SyntheticRecipe.Of(teachers, TeacherKind.Logits, 100, null, Sampling).Id);
        Assert.Equal(
            SyntheticRecipe.Of([teachers[0]], TeacherKind.Logits, 100, Length, Sampling).Id,
            SyntheticRecipe.Of([teachers[0]], TeacherKind.Mix, 100, Length, Sampling).Id);
    }

    [Fact]
    public void What_cannot_be_sampled_is_refused()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(1);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 100, Length, Sampling);
        AssertRefused("--sample-length was given 17; it takes a whole number from 2 to 16", recipe with { Length = 17 });
        AssertRefused("--sample-length was given 1;", recipe with { Length = 1 });
        AssertRefused("--synthetic-tokens was given 1;", recipe with { Tokens = 1 });
        AssertRefused("--temperature was given -1;", recipe with { Temperature = -1 });
        AssertRefused("--sample-batch was given 0;", recipe, batch: 0);
        AssertRefused("was trained on the dataset", recipe with { DatasetHash = "another" });
        Directory.CreateDirectory(Path.Combine(runs.Path("corpora"), recipe.Id));
        File.Copy(Path.Combine(runs.Dataset.Folder, "dataset.json"), Path.Combine(runs.Path("corpora"), recipe.Id, "dataset.json"));
        AssertRefused($"is named as the synthetic corpus {recipe.Id} and is another", recipe);

        void AssertRefused(string message, SyntheticRecipe wrong, int? batch = null) =>
            Assert.Contains(message, Assert.Throws<InputException>(() => Corpus("corpora", wrong, teachers, batch)).Message, StringComparison.Ordinal);
    }

    private static void Cancel(CancellationTokenSource source, bool now)
    {
        if (now)
            source.Cancel();
    }

    private static int[] Ids(TokenSpan part)
    {
        var ids = new int[part.Length];
        part.Read(0, ids);
        return ids;
    }

    private string Text()
    {
        _ = runs.Dataset;
        return runs.Path("text");
    }

    private TokenDataset Corpus(
        string store, SyntheticRecipe recipe, IReadOnlyList<EnsembleMember> teachers, int? batch = null, Reports? reports = null, CancellationTokenSource? stop = null) =>
        SyntheticCorpus.FindOrSample(
            runs.Path(store), recipe, teachers, runs.Dataset, TestRuns.Device, batch, reports, stop?.Token ?? TestContext.Current.CancellationToken);

    /// <summary>Teachers that write more than one kind of byte.</summary>
    private IReadOnlyList<EnsembleMember> Train(int count)
    {
        string[] folders = [.. Enumerable.Range(0, count).Select(member => $"teacher-{member}")];
        for (int member = 0; member < count; member++)
            runs.Run(folders[member], runs.Config.WithSeed((uint)member + 1) with { Epochs = 1, Dropout = 0 });
        return EnsembleMember.Open([.. folders.Select(runs.Path)]);
    }

    private sealed class Reports : IProgress<SamplingProgress>
    {
        public Action<int>? After { get; init; }

        public int Count { get; private set; }

        public SamplingProgress First { get; private set; }

        public SamplingProgress Last { get; private set; }

        public void Report(SamplingProgress value)
        {
            if (Count++ == 0)
                First = value;
            Last = value;
            After?.Invoke(Count);
        }
    }
}
