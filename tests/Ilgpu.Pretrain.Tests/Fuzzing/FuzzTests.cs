namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <summary>
/// Files with random faults, for every reader of the program: taken, or refused by an InputException of one line. 2,000 here;
/// tests/slow.sh has fifty times as many.
/// </summary>
public sealed class FuzzTests
{
    private const int Mutations = 2000;

    [Fact]
    public void Spoilt_files_are_taken_or_refused_in_one_line() => Run(Mutations, Environment.TickCount);

    /// <param name="mutations">Of all targets together.</param>
    /// <param name="seed">Printed.</param>
    internal static void Run(int mutations, int seed)
    {
        ITestOutputHelper? output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"seed {seed}");
        using var samples = new FuzzSamples();
        IReadOnlyList<FuzzTarget> targets = FuzzTargets.All(samples);
        var failures = new List<string>();
        for (int i = 0; i < targets.Count; i++)
        {
            // Every target its share, the rest of the division to the first ones.
            int share = (mutations / targets.Count) + (i < mutations % targets.Count ? 1 : 0);
            var fuzzer = new Fuzzer(targets[i], unchecked(seed + i));
            fuzzer.Run(share);
            output?.WriteLine($"{targets[i].Name}: {fuzzer.Refused} of {share} refused");
            failures.AddRange(fuzzer.Failures);
        }

        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }
}
