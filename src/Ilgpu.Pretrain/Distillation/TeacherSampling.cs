using System.Diagnostics;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>
/// Fills a file with a recipe's sequences, a batch at a time. A sequence is a function of the recipe and its number, so
/// batches may be of any size and a process may stop behind any of them.
/// </summary>
internal sealed class TeacherSampling
{
    /// <summary>Of a device's memory, what teachers and their caches may take.</summary>
    private const double MemoryShare = .6;

    private readonly SyntheticRecipe recipe;
    private readonly IReadOnlyList<EnsembleMember> teachers;
    private readonly TokenDataset dataset;
    private readonly Device device;
    private readonly int batch;
    private readonly SequenceFile file;
    private readonly IProgress<SamplingProgress>? progress;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly long sampledBefore;
    private long sampled;

    public TeacherSampling(
        SyntheticRecipe recipe,
        IReadOnlyList<EnsembleMember> teachers,
        TokenDataset dataset,
        Device device,
        int batch,
        SequenceFile file,
        IProgress<SamplingProgress>? progress)
    {
        this.recipe = recipe;
        this.teachers = teachers;
        this.dataset = dataset;
        this.device = device;
        this.batch = batch;
        this.file = file;
        this.progress = progress;
        sampled = sampledBefore = file.Done.Sum() * recipe.Length;
    }

    /// <summary>Spent so far, over all processes.</summary>
    public double Seconds => file.SecondsBefore + clock.Elapsed.TotalSeconds;

    /// <summary>Who write sequences in turn: each teacher of a mix, else all together.</summary>
    public static int Writers(SyntheticRecipe recipe) => recipe.Kind == TeacherKind.Mix ? recipe.Teachers.Count : 1;

    /// <summary>The most sequences at once that the device has memory for beside the teachers.</summary>
    /// <param name="teachers">Those that are on the device at once.</param>
    /// <param name="length">Of a sequence.</param>
    /// <param name="device">Where.</param>
    public static int FittingBatch(IReadOnlyList<EnsembleMember> teachers, int length, DeviceDescription device)
    {
        double free = (MemoryShare * device.MemoryBytes) - teachers.Sum(teacher => (double)ModelPlan.Of(teacher.Config.Model, new LlamaModelOptions(1, teacher.Config.Length)).Total);
        long perSequence = teachers.Sum(teacher => Decoder.Bytes(teacher.Config.Model, 1, length));
        return (int)Math.Clamp(free / perSequence, 1, int.MaxValue / (length + 1));
    }

    public void Run(CancellationToken cancellation)
    {
        int writers = Writers(recipe);
        for (int writer = 0; writer < writers; writer++)
        {
            if (file.Done[writer] < SequencesOf(writer, writers))
                RunWriter(writer, writers, cancellation);
        }
    }

    private long SequencesOf(int writer, int writers) => (recipe.Sequences - writer + writers - 1) / writers;

    private void RunWriter(int writer, int writers, CancellationToken cancellation)
    {
        IReadOnlyList<EnsembleMember> together = writers == 1 ? teachers : [teachers[writer]];
        long sequences = SequencesOf(writer, writers);
        int atOnce = (int)Math.Min(batch, sequences - file.Done[writer]);
        var models = new List<LlamaModel>();
        try
        {
            foreach (EnsembleMember teacher in together)
                models.Add(teacher.Load(device, batch: 1));
            using IBatchDecoder decoder = models is [var single]
                ? new Decoder(single, atOnce, recipe.Length)
                : new EnsembleDecoder(models, recipe.Kind == TeacherKind.Probabilities ? EnsembleAveraging.Probabilities : EnsembleAveraging.Logits, atOnce, recipe.Length);
            using var sampler = new SequenceSampler(device, decoder, recipe.Sampling);
            var tokens = new int[atOnce * recipe.Length];
            while (file.Done[writer] < sequences)
            {
                long first = writer + (file.Done[writer] * writers);
                int count = (int)Math.Min(atOnce, sequences - file.Done[writer]);
                for (int i = 0; i < atOnce; i++)
                    tokens[i * recipe.Length] = FirstToken(first + ((long)i * writers));
                sampled += count;
                sampler.Sample((uint)first, (uint)writers, tokens, () => Report(count), cancellation);
                for (int i = 0; i < count; i++)
                    file.Write(first + ((long)i * writers), Stored(tokens.AsSpan(i * recipe.Length, recipe.Length)));
                file.Done[writer] += count;
                sampled = file.Done.Sum() * recipe.Length;
                file.Save(Seconds);
            }
        }
        finally
        {
            models.ForEach(model => model.Dispose());
        }
    }

    /// <summary>What a sequence starts from: the token between documents, else a token of the training part, each as likely as it is frequent.</summary>
    private int FirstToken(long sequence)
    {
        if (dataset.Separator is { } separator)
            return separator;
        const ulong Stream = 0x5354415254;
        Span<int> id = stackalloc int[1];
        SplitMix64 random = SplitMix64.Of(recipe.Seed ^ Stream, (ulong)sequence);
        dataset.Train.Read((long)(random.NextDouble() * Math.Min(teachers[0].Config.Tokens, dataset.Train.Length)), id);
        return id[0];
    }

    /// <summary>The token between documents stands behind them: what a sequence starts from moves to its end.</summary>
    private Span<int> Stored(Span<int> sequence)
    {
        if (dataset.Separator is not { } separator)
            return sequence;
        sequence[1..].CopyTo(sequence);
        sequence[^1] = separator;
        return sequence;
    }

    private void Report(int count)
    {
        sampled += count;
        progress?.Report(new SamplingProgress(sampled, recipe.Sequences * recipe.Length, (sampled - sampledBefore) / clock.Elapsed.TotalSeconds));
    }
}
