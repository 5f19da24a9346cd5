using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>
/// Fills a file with a recipe's sequences, batches at a time. A sequence is a function of the recipe and its number, so
/// batches may be of any size, be sampled on any device, and a process may stop behind any of them.
/// </summary>
internal sealed class TeacherSampling
{
    /// <summary>Of a device's memory, what teachers and their caches may take.</summary>
    private const double MemoryShare = .6;

    private readonly SyntheticRecipe recipe;
    private readonly IReadOnlyList<EnsembleMember> teachers;
    private readonly TokenDataset dataset;
    private readonly SamplingDevices devices;
    private readonly int batch;
    private readonly SequenceFile file;
    private readonly IProgress<SamplingProgress>? progress;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Lock gate = new();
    private readonly long sampledBefore;
    private long sampled;
    private int joined;
    private ExceptionDispatchInfo? failure;

    /// <param name="recipe">Of the corpus.</param>
    /// <param name="teachers">In the recipe's order.</param>
    /// <param name="dataset">That they were trained on.</param>
    /// <param name="devices">Those that the memory has room for take part.</param>
    /// <param name="batch">Sequences that a device samples at once, at most.</param>
    /// <param name="file">Of the sequences.</param>
    /// <param name="progress">Told after every token of a batch, by one device at a time, or null.</param>
    public TeacherSampling(
        SyntheticRecipe recipe,
        IReadOnlyList<EnsembleMember> teachers,
        TokenDataset dataset,
        SamplingDevices devices,
        int batch,
        SequenceFile file,
        IProgress<SamplingProgress>? progress)
    {
        this.recipe = recipe;
        this.teachers = teachers;
        this.dataset = dataset;
        this.devices = devices;
        this.batch = batch;
        this.file = file;
        this.progress = progress;
        sampled = sampledBefore = file.Done.Sum() * recipe.Length;
    }

    /// <summary>Spent so far, over all processes.</summary>
    public double Seconds => file.SecondsBefore + clock.Elapsed.TotalSeconds;

    private IReadOnlyList<EnsembleMember> Together => TogetherOf(recipe, teachers);

    /// <summary>Who write sequences in turn: each teacher of a mix, else all together.</summary>
    public static int Writers(SyntheticRecipe recipe) => recipe.Kind == TeacherKind.Mix ? recipe.Teachers.Count : 1;

    /// <summary>How many devices like this one can sample side by side, each with its teachers and caches for a batch: at most as many as the processor has threads; 1 on a GPU.</summary>
    /// <param name="recipe">Of the corpus.</param>
    /// <param name="teachers">In the recipe's order.</param>
    /// <param name="batch">Sequences at once.</param>
    /// <param name="device">Whose memory is shared.</param>
    public static int FittingAtATime(SyntheticRecipe recipe, IReadOnlyList<EnsembleMember> teachers, int batch, DeviceDescription device)
    {
        IReadOnlyList<EnsembleMember> together = TogetherOf(recipe, teachers);
        return device.Kind == DeviceKind.Cpu
            ? (int)Math.Clamp(MemoryShare * device.MemoryBytes / (WeightBytes(together) + (batch * (double)SequenceBytes(together, recipe.Length))), 1, int.MaxValue)
            : 1;
    }

    /// <summary>The most sequences at once that a device has memory for beside the teachers.</summary>
    /// <param name="teachers">Those that are on the device at once.</param>
    /// <param name="length">Of a sequence.</param>
    /// <param name="device">Where.</param>
    /// <param name="atATime">Devices that share its memory.</param>
    public static int FittingBatch(IReadOnlyList<EnsembleMember> teachers, int length, DeviceDescription device, int atATime)
    {
        double free = (MemoryShare * device.MemoryBytes / atATime) - WeightBytes(teachers);
        return (int)Math.Clamp(free / SequenceBytes(teachers, length), 1, int.MaxValue / (length + 1));
    }

    /// <exception cref="InputException">A teacher cannot be used; the other devices stop as well.</exception>
    public void Run(CancellationToken cancellation)
    {
        if (Enumerable.Range(0, file.Done.Length).All(writer => file.Left(writer) == 0))
            return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        devices.Run(device =>
        {
            try
            {
                Work(device, stop.Token);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        });
        failure?.Throw();
    }

    private static IReadOnlyList<EnsembleMember> TogetherOf(SyntheticRecipe recipe, IReadOnlyList<EnsembleMember> teachers) =>
        Writers(recipe) == 1 ? teachers : [teachers[0]];

    private static double WeightBytes(IReadOnlyList<EnsembleMember> teachers) =>
        teachers.Sum(teacher => (double)ModelPlan.Of(teacher.Config.Model, new LlamaModelOptions(1, teacher.Config.Length)).Total);

    private static long SequenceBytes(IReadOnlyList<EnsembleMember> teachers, int length) => teachers.Sum(teacher => Decoder.Bytes(teacher.Config.Model, 1, length));

    private void Work(Device device, CancellationToken cancellation)
    {
        int atATime = Math.Min(devices.Most, FittingAtATime(recipe, teachers, batch, device.Description));
        if (Interlocked.Increment(ref joined) > atATime)
            return;
        int fitting = Math.Min(batch, FittingBatch(Together, recipe.Length, device.Description, atATime));
        for (int writer = 0; writer < file.Done.Length; writer++)
        {
            long left = Left(writer);
            if (left == 0)
                continue;
            // As many batches on each device, none much smaller than the others.
            long rounds = DivideUp(left, (long)atATime * fitting);
            RunWriter(device, writer, (int)DivideUp(left, atATime * rounds), cancellation);
        }
    }

    private static long DivideUp(long value, long by) => (value + by - 1) / by;

    private long Left(int writer)
    {
        lock (gate)
            return file.Left(writer);
    }

    private void RunWriter(Device device, int writer, int atOnce, CancellationToken cancellation)
    {
        int writers = file.Done.Length;
        IReadOnlyList<EnsembleMember> together = writers == 1 ? teachers : [teachers[writer]];
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
            while (Take(writer, atOnce) is (long place, int count and > 0))
            {
                long first = writer + (place * writers);
                for (int i = 0; i < atOnce; i++)
                    tokens[i * recipe.Length] = FirstToken(first + ((long)i * writers));
                sampler.Sample((uint)first, (uint)writers, tokens, () => Report(count), cancellation);
                Keep(writer, place, count, tokens);
            }
        }
        finally
        {
            models.ForEach(model => model.Dispose());
        }
    }

    private (long Place, int Count) Take(int writer, int most)
    {
        lock (gate)
        {
            (long Place, int Count) batch = file.Take(writer, most);
            // The first token of each, which nobody draws.
            sampled += batch.Count;
            return batch;
        }
    }

    private void Keep(int writer, long place, int count, int[] tokens)
    {
        lock (gate)
        {
            for (int i = 0; i < count; i++)
                file.Write(writer + ((place + i) * file.Done.Length), Stored(tokens.AsSpan(i * recipe.Length, recipe.Length)));
            if (file.Finish(writer, place, count))
                file.Save(Seconds);
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
        lock (gate)
        {
            sampled += count;
            progress?.Report(new SamplingProgress(sampled, recipe.Sequences * recipe.Length, (sampled - sampledBefore) / clock.Elapsed.TotalSeconds));
        }
    }
}
