using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ilgpu.Pretrain.Tests.Tokenization;

namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <summary>Spoils files and has them read: whatever they hold, they are taken or refused in one line, at once and in little memory.</summary>
/// <param name="target">What is read.</param>
/// <param name="seed">Of the faults.</param>
internal sealed class Fuzzer(FuzzTarget target, int seed)
{
    /// <summary>Files of a few hundred kilobytes are read in milliseconds; the rest is for machines that are busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Allocated while one file is read, live or not: some buffers of a few megabytes, and what is in proportion to the files.</summary>
    private const long MostBytes = 64L << 20;

    private const int LongestMessage = 2000;
    private const int ShownBytes = 600;

    private readonly Dictionary<string, string> failures = [];

    /// <summary>Mutations that were refused, as they should be.</summary>
    public int Refused { get; private set; }

    /// <summary>The first of each kind of what else happened, with the bytes that led to it.</summary>
    public IReadOnlyCollection<string> Failures => failures.Values;

    public void Run(int mutations)
    {
        var random = new Random(seed);
        using var folder = new MemoryFolder();
        WriteValid(folder, all: true);
        target.Read(folder.Path);
        for (int mutation = 0; mutation < mutations; mutation++)
        {
            WriteValid(folder, all: target.Sign is not null);
            byte[] spoilt = Mutations.Of(random, target.Spoilt, target.Files[target.Spoilt]);
            Write(folder, target.Spoilt, spoilt);
            if (target.Sign is not null && random.Next(2) == 0)
                target.Sign(folder.Path);
            Read(folder, spoilt, mutation);
        }
    }

    private void Read(MemoryFolder folder, byte[] spoilt, int mutation)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        try
        {
            target.Read(folder.Path);
        }
        catch (InputException e)
        {
            Refused++;
            if (e.Message.Any(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029') || e.Message.Length > LongestMessage)
                Fail("a message of more than a line", e);
        }
        catch (Exception e)
        {
            Fail($"{e.GetType().Name} in {e.StackTrace?.Split('\n').FirstOrDefault(frame => frame.Contains("Ilgpu.Pretrain", StringComparison.Ordinal))?.Trim()}", e);
        }

        TimeSpan took = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (took > Patience)
            Fail("slow", took);
        if (allocated > MostBytes)
            Fail("allocates too much", allocated);

        void Fail<T>(string kind, T what)
        {
            string shown = Encoding.Latin1.GetString(spoilt.AsSpan(0, Math.Min(spoilt.Length, ShownBytes)));
            failures.TryAdd(kind, string.Create(CultureInfo.InvariantCulture, $"{target.Name}, seed {seed}, mutation {mutation}, {kind}: {what}\n{shown}"));
        }
    }

    private void WriteValid(MemoryFolder folder, bool all)
    {
        foreach ((string file, byte[] content) in target.Files.Where(each => all || each.Key == target.Spoilt))
            Write(folder, file, content);
    }

    private static void Write(MemoryFolder folder, string file, byte[] content)
    {
        string path = Path.Combine(folder.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }
}
