using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Our matrix product beside another program's, in turns: <c>compare-matmul --peer PROGRAM</c>. The peer answers a line
/// <c>LAYOUT M N K</c> with the seconds of its fastest call (bench/openblas/sgemm.c).
/// </summary>
internal static class CompareMatmul
{
    public const string Verb = "compare-matmul";

    private const string Usage = "usage: compare-matmul [--peer PROGRAM] [--threads 1,2] [--rounds 3] [--shapes large|small|all]";

    private static readonly TimeSpan MeasuredTime = TimeSpan.FromSeconds(.1);

    /// <summary>OpenBLAS's threads spin for a while after a call before they sleep; with 50 ms of rest ours were still held up.</summary>
    private static readonly TimeSpan PeerRest = TimeSpan.FromMilliseconds(200);

    public static int Run(string[] args)
    {
        string? peer = null;
        int[] threads = [1, Environment.ProcessorCount];
        int rounds = 3;
        IReadOnlyList<MatmulCase> cases = [.. MatmulShapes.Large, .. MatmulShapes.Small];
        for (int i = 0; i < args.Length; i += 2)
        {
            switch (args[i], i + 1 < args.Length ? args[i + 1] : "")
            {
                case ("--peer", var program) when File.Exists(program):
                    peer = program;
                    break;
                case ("--threads", { Length: > 0 } counts) when counts.Split(',').All(count => int.TryParse(count, out int value) && value > 0):
                    threads = [.. counts.Split(',').Select(int.Parse)];
                    break;
                case ("--rounds", var count) when int.TryParse(count, out rounds) && rounds > 0:
                    break;
                case ("--shapes", "large"):
                    cases = MatmulShapes.Large;
                    break;
                case ("--shapes", "small"):
                    cases = MatmulShapes.Small;
                    break;
                case ("--shapes", "all"):
                    break;
                case var (flag, value):
                    Console.Error.WriteLine($"{flag} '{value}' is not understood. {Usage}");
                    return 2;
            }
        }

        foreach (int count in threads)
            Compare(cases, count, rounds, peer);
        return 0;
    }

    private static void Compare(IReadOnlyList<MatmulCase> cases, int threads, int rounds, string? peerProgram)
    {
        using var device = Device.OpenCpu(threads);
        using Process? peer = peerProgram is null ? null : StartPeer(peerProgram, threads);
        var op = Matmul.Create<float>(device);
        double peak = PeakMeasurement.FmaFlopsPerSecond(threads);
        Console.WriteLine($"{Processor.Name}, {Processor.VectorInstructions}, {threads} threads, FMA peak {Gigaflops(peak)} GFLOP/s; {IlgpuRuntime.Description}");
        Console.WriteLine($"{"product",-26} {"ours",8} {"of peak",8}{(peer is null ? "" : $" {"peer",8} {"ratio",8}")}   (GFLOP/s, best of {rounds} rounds in turns)");
        double logRatios = 0;
        foreach (MatmulCase product in cases)
        {
            double ours = double.PositiveInfinity;
            double theirs = double.PositiveInfinity;
            using var operands = new MatmulOperands(device, product);
            for (int round = 0; round < rounds; round++)
            {
                ours = Math.Min(ours, FastestCall(op, operands));
                if (peer is not null)
                    theirs = Math.Min(theirs, AskPeer(peer, product));
            }

            double flops = product.Shape.Flops;
            string line = $"{product,-26} {Gigaflops(flops / ours),8} {flops / ours / peak,8:F2}";
            Console.WriteLine(peer is null ? line : line + $" {Gigaflops(flops / theirs),8} {theirs / ours,8:F2}");
            logRatios += Math.Log(theirs / ours);
        }

        if (peer is not null)
            Console.WriteLine($"{"geometric mean of ratios",-26} {Math.Exp(logRatios / cases.Count),35:F2}");
        Console.WriteLine();
    }

    private static double FastestCall(Matmul<float> op, MatmulOperands operands)
    {
        TimeSpan fastest = TimeSpan.MaxValue;
        long begin = Stopwatch.GetTimestamp();
        do
        {
            long start = Stopwatch.GetTimestamp();
            operands.Multiply(op);
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            fastest = taken < fastest ? taken : fastest;
        }
        while (Stopwatch.GetElapsedTime(begin) < MeasuredTime);
        return fastest.TotalSeconds;
    }

    private static string Gigaflops(double flopsPerSecond) => (flopsPerSecond / 1e9).ToString("F1", CultureInfo.InvariantCulture);

    private static Process StartPeer(string program, int threads)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["OPENBLAS_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    private static double AskPeer(Process peer, MatmulCase product)
    {
        peer.StandardInput.WriteLine($"{product.Layout} {product.M} {product.N} {product.K}");
        peer.StandardInput.Flush();
        string answer = peer.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The peer ended at {product}.");
        Thread.Sleep(PeerRest);
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }
}
