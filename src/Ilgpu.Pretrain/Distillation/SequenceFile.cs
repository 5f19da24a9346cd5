using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Training;
using Microsoft.Win32.SafeHandles;

namespace Ilgpu.Pretrain.Distillation;

/// <summary>
/// The sequences of a corpus that is being sampled, each in its place, and how many of them are done: what a process that is
/// stopped leaves to the next.
/// </summary>
internal sealed class SequenceFile : IDisposable
{
    private const string SequencesFileName = "sequences.bin";
    private const string ProgressFileName = "progress.json";

    private readonly SafeFileHandle file;
    private readonly string progressPath;
    private readonly string id;
    private readonly int length;
    private readonly int bytesPerId;
    private readonly byte[] packed;
    private readonly long sequences;
    private readonly long[] taken;

    /// <summary>Of each writer, how many are done from a place on that is not reached yet.</summary>
    private readonly Dictionary<long, int>[] ahead;

    private SequenceFile(string folder, SyntheticRecipe recipe, int bytesPerId, Progress progress)
    {
        this.bytesPerId = bytesPerId;
        id = progress.Id;
        length = recipe.Length;
        packed = new byte[length * bytesPerId];
        progressPath = Path.Combine(folder, ProgressFileName);
        file = File.OpenHandle(Path.Combine(folder, SequencesFileName), FileMode.OpenOrCreate, FileAccess.ReadWrite);
        Done = [.. progress.Done];
        taken = [.. Done];
        ahead = [.. Done.Select(_ => new Dictionary<long, int>())];
        sequences = recipe.Sequences;
        SecondsBefore = progress.Seconds;
    }

    /// <summary>Sequences that each of those who write in turn has done, from its first one on without a gap.</summary>
    public long[] Done { get; }

    /// <summary>Spent by earlier processes.</summary>
    public double SecondsBefore { get; }

    /// <summary>Opens what is in a folder, or begins anew.</summary>
    /// <param name="folder">Made where there is none.</param>
    /// <param name="recipe">Of the corpus.</param>
    /// <param name="writers">Who write in turn.</param>
    /// <param name="bytesPerId">2 or 4.</param>
    public static SequenceFile Open(string folder, SyntheticRecipe recipe, int writers, int bytesPerId)
    {
        Directory.CreateDirectory(folder);
        Progress begun = ReadProgress(Path.Combine(folder, ProgressFileName), recipe, writers) ?? new Progress(recipe.Id, new long[writers], 0);
        return new SequenceFile(folder, recipe, bytesPerId, begun);
    }

    /// <summary>Sequences that are done in a folder, which is only looked at: 0 where there is none, or none of the recipe's.</summary>
    /// <param name="folder">Another process may be writing to it, or taking it away.</param>
    /// <param name="recipe">Of the corpus.</param>
    /// <param name="writers">Who write in turn.</param>
    public static long Peek(string folder, SyntheticRecipe recipe, int writers)
    {
        try
        {
            return ReadProgress(Path.Combine(folder, ProgressFileName), recipe, writers)?.Done.Sum() ?? 0;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Of a writer's sequences, those that nobody has taken.</summary>
    public long Left(int writer) => ((sequences - writer + Done.Length - 1) / Done.Length) - taken[writer];

    /// <summary>Takes the next sequences of a writer.</summary>
    /// <returns>Their first one's place among the writer's, and how many there are: none at the end.</returns>
    public (long Place, int Count) Take(int writer, int most)
    {
        (long Place, int Count) batch = (taken[writer], (int)Math.Min(most, Left(writer)));
        taken[writer] += batch.Count;
        return batch;
    }

    /// <summary>Counts what was taken and is written now, as soon as all before it is.</summary>
    /// <returns>Whether <see cref="Done"/> has grown.</returns>
    public bool Finish(int writer, long place, int count)
    {
        ahead[writer].Add(place, count);
        long before = Done[writer];
        while (ahead[writer].Remove(Done[writer], out int next))
            Done[writer] += next;
        return Done[writer] > before;
    }

    public void Write(long sequence, ReadOnlySpan<int> ids)
    {
        MappedTokens.Pack(ids, packed, bytesPerId);
        RandomAccess.Write(file, packed, sequence * packed.Length);
    }

    public void Read(long sequence, Span<int> ids)
    {
        Span<byte> left = packed;
        long offset = sequence * packed.Length;
        while (!left.IsEmpty)
        {
            int read = RandomAccess.Read(file, left, offset);
            if (read == 0)
                throw new EndOfStreamException($"{SequencesFileName} has been cut short.");
            left = left[read..];
            offset += read;
        }

        MappedTokens.Unpack(packed, ids, bytesPerId);
    }

    /// <summary>Brings what was written to the disk, then what is said of it.</summary>
    public void Save(double seconds)
    {
        RandomAccess.FlushToDisk(file);
        DurableFile.WriteAllText(progressPath, ChecksummedJson.Serialize(new Progress(id, Done, seconds)));
    }

    public void Dispose() => file.Dispose();

    /// <summary>What is damaged or of another recipe is begun anew.</summary>
    private static Progress? ReadProgress(string path, SyntheticRecipe recipe, int writers)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            Progress progress = ChecksummedJson.Deserialize<Progress>(File.ReadAllText(path));
            bool isOfRecipe = progress.Id == recipe.Id && progress.Done.Count == writers && progress.Done.All(done => done >= 0 && done <= recipe.Sequences);
            return isOfRecipe && progress.Done.Sum() <= recipe.Sequences ? progress : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private sealed record Progress(string Id, IReadOnlyList<long> Done, double Seconds);
}
