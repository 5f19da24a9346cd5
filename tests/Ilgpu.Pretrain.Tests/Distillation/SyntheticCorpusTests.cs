using System.Collections.Concurrent;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
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

    [Theory]
    [InlineData(TeacherKind.Logits, 170, 3)]
    [InlineData(TeacherKind.Mix, 170, 2)]
    [InlineData(TeacherKind.Logits, 2 * Length, 64)]
    public void Devices_side_by_side_write_the_same_bits(TeacherKind kind, int tokens, int batch)
    {
        IReadOnlyList<EnsembleMember> teachers = Train(2);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, kind, tokens, Length, Sampling);
        using TokenDataset one = Corpus("one", recipe, teachers, batch);
        var opened = new ConcurrentBag<Device>();
        var reports = new Reports();
        var three = SamplingDevices.SideBySide(3, () =>
        {
            opened.Add(Device.OpenCpu(1));
            return opened.Last();
        });
        using TokenDataset several = Corpus("several", recipe, teachers, batch, reports, devices: three);
        Assert.Equal(one.Hash, several.Hash);
        Assert.Equal(3, opened.Count);
        Assert.Equal((recipe.Sequences * Length, recipe.Sequences * Length), (reports.Last.Tokens, reports.Last.Total));
    }

    [Theory]
    [InlineData(TeacherKind.Logits, 80)]
    [InlineData(TeacherKind.Mix, 70)]
    public void What_was_stopped_on_two_devices_goes_on_to_the_same_bits(TeacherKind kind, int stopAfter)
    {
        IReadOnlyList<EnsembleMember> teachers = Train(2);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, kind, 250, Length, Sampling);
        using TokenDataset whole = Corpus("whole", recipe, teachers, batch: 2);
        using var source = new CancellationTokenSource();
        var reports = new Reports { After = count => Cancel(source, count == stopAfter) };
        Assert.Throws<OperationCanceledException>(() => Corpus("stopped", recipe, teachers, batch: 2, reports, source, TwoDevices()));
        // Each device was told once more at most.
        Assert.InRange(reports.Count, stopAfter, stopAfter + 1);
        using TokenDataset stopped = Corpus("stopped", recipe, teachers, batch: 3, devices: TwoDevices());
        Assert.Equal(whole.Hash, stopped.Hash);
        Assert.Equal([recipe.Id], Directory.GetFileSystemEntries(runs.Path("stopped")).Select(Path.GetFileName));
    }

    [Fact]
    public void When_one_device_fails_the_others_stop_and_its_failure_is_told()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(1);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 100_000, Length, Sampling);
        var reports = new Reports { After = count => _ = count == 20 ? throw new InputException("a failure") : 0 };
        var e = Assert.Throws<InputException>(() => Corpus("failed", recipe, teachers, batch: 2, reports, devices: TwoDevices()));
        Assert.Equal("a failure", e.Message);
        // Of 46,875 tokens of batches that are asked for.
        Assert.InRange(reports.Count, 20, 1000);
    }

    [Fact]
    public void As_many_devices_work_as_the_memory_has_room_for()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(3);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 100_000, Length, Sampling);
        var large = new DeviceDescription("cpu", DeviceKind.Cpu, "", Threads: 16, MemoryBytes: 1L << 40);
        Assert.Equal(16, SyntheticCorpus.FittingAtATime(recipe, teachers, null, large));
        Assert.Equal(5, SyntheticCorpus.FittingAtATime(recipe with { Tokens = 5 * Length }, teachers, null, large));
        Assert.Equal(1, SyntheticCorpus.FittingAtATime(recipe, teachers, null, large with { Kind = DeviceKind.Cuda }));
        Assert.Equal(1, SyntheticCorpus.FittingAtATime(recipe, teachers, null, large with { MemoryBytes = 1 }));
        long least = Enumerable.Range(1, 10_000).Select(tens => 10_000L * tens).First(bytes => SyntheticCorpus.FittingAtATime(recipe, teachers, 64, large with { MemoryBytes = bytes }) == 2);
        // Two that share the memory have room for the batch that they were counted with; a mix has one teacher at a time.
        Assert.True(TeacherSampling.FittingBatch(teachers, Length, large with { MemoryBytes = least }, atATime: 2) >= 64);
        Assert.True(SyntheticCorpus.FittingAtATime(recipe with { Kind = TeacherKind.Mix }, teachers, 64, large with { MemoryBytes = least }) >= 6);
    }

    [Fact]
    public void Only_what_has_no_gap_before_it_counts_as_done()
    {
        IReadOnlyList<EnsembleMember> teachers = Train(1);
        SyntheticRecipe recipe = SyntheticRecipe.Of(teachers, TeacherKind.Logits, 9 * Length, Length, Sampling);
        using (var file = SequenceFile.Open(runs.Path("begun"), recipe, writers: 2, bytesPerId: 2))
        {
            Assert.Equal([(0, 2), (2, 2), (4, 1), (5, 0)], Enumerable.Range(0, 4).Select(_ => file.Take(0, 2)));
            Assert.Equal([(0, 4), (4, 0)], Enumerable.Range(0, 2).Select(_ => file.Take(1, 9)));
            Assert.False(file.Finish(0, 2, 2));
            Assert.True(file.Finish(1, 0, 4));
            file.Save(1);
        }

        using (var file = SequenceFile.Open(runs.Path("begun"), recipe, writers: 2, bytesPerId: 2))
        {
            Assert.Equal([0, 4], file.Done);
            Assert.Equal((5, 0), (file.Left(0), file.Left(1)));
            _ = file.Take(0, 2);
            _ = file.Take(0, 3);
            Assert.False(file.Finish(0, 2, 3));
            Assert.True(file.Finish(0, 0, 2));
            Assert.Equal([5, 4], file.Done);
        }
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
            runs.Path("corpora"), recipe, teachers, dataset, SamplingDevices.Of(TestRuns.Device), cancellation: TestContext.Current.CancellationToken);
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

    private static SamplingDevices TwoDevices() => SamplingDevices.SideBySide(2, () => Device.OpenCpu(1));

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
        string store, SyntheticRecipe recipe, IReadOnlyList<EnsembleMember> teachers, int? batch = null, Reports? reports = null, CancellationTokenSource? stop = null, SamplingDevices? devices = null) =>
        SyntheticCorpus.FindOrSample(
            runs.Path(store), recipe, teachers, runs.Dataset, devices ?? SamplingDevices.Of(TestRuns.Device), batch, reports, stop?.Token ?? TestContext.Current.CancellationToken);

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
