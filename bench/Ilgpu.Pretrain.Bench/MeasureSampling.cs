using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// Sampling of many sequences at once beside the forward pass of the same model, in FLOP/s, in turns:
/// <c>measure-sampling [--lengths 128,256] [--batch 64]</c>. Both count the products' and attention's operations of every
/// token at its position; sampling draws and reads back each token. Where the time goes is from steps that wait for each launch.
/// </summary>
internal static class MeasureSampling
{
    public const string Verb = "measure-sampling";

    private const string Usage = "usage: measure-sampling [--lengths 128,256] [--batch 64]";
    private const int Rounds = 3;
    private const int ForwardTokens = 1024;
    private const int ProfiledSteps = 4;

    private static readonly LlamaConfig Model = StepCase.All.Single(step => step.Model.Name == "hidden-512").Model;

    public static int Run(string[] args)
    {
        int[] lengths = [128, 256];
        int batch = 64;
        for (int i = 0; i < args.Length; i += 2)
        {
            switch (args[i], i + 1 < args.Length ? args[i + 1] : "")
            {
                case ("--lengths", { Length: > 0 } given) when given.Split(',').All(length => int.TryParse(length, out int value) && value > 1 && value <= Model.Context):
                    lengths = [.. given.Split(',').Select(int.Parse)];
                    break;
                case ("--batch", var given) when int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out batch) && batch > 0:
                    break;
                case var (flag, value):
                    Console.Error.WriteLine($"{flag} '{value}' is not understood. {Usage}");
                    return 2;
            }
        }

        Console.WriteLine($"{Processor.Name}, {Processor.VectorInstructions}; {IlgpuRuntime.Description}; {Model.Name}, {Model.ParameterCount:N0} parameters");
        Console.WriteLine();
        Console.WriteLine("| length | sequences | forward, GFLOP/s | sampling, GFLOP/s | ratio | tokens/s | where sampling's time goes |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|---|");
        foreach (int length in lengths)
            Measure(length, batch);
        return 0;
    }

    private static void Measure(int length, int batch)
    {
        using var device = Device.OpenCpu();
        LaunchProfile profile = device.ProfileLaunches();
        int windows = Math.Max(1, ForwardTokens / length);
        using var model = new LlamaModel(device, Model, new LlamaModelOptions(windows, length));
        model.Initialize(1);
        using var decoder = new Decoder(model, batch, length);
        using var sampler = new SequenceSampler(device, decoder, new SamplingOptions { Seed = 1 });
        int[] ids = [.. Enumerable.Range(0, windows * length).Select(i => i * 17 % Model.Vocabulary)];
        var losses = new float[ids.Length];
        var tokens = new int[batch * length];
        model.Losses(ids, ids, losses);
        sampler.Sample(0, 1, new int[2 * batch]);
        double forward = double.PositiveInfinity;
        double sampling = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            for (int pass = 0; pass < Rounds; pass++)
                forward = Math.Min(forward, Seconds(() => model.Losses(ids, ids, losses)));
            sampling = Math.Min(sampling, Seconds(() => sampler.Sample(0, 1, tokens)));
        }

        profile.IsOn = true;
        decoder.Reset();
        int step = 0;
        // The last steps, where attention reads most, would weigh too much: those around the middle are the mean.
        sampler.Sample(0, 1, tokens.AsSpan(0, batch * ((length / 2) + ProfiledSteps)), () =>
        {
            if (++step == length / 2)
                profile.Clear();
        });
        profile.IsOn = false;
        double all = profile.ByOp.Sum(op => op.Seconds);
        double forwardRate = Model.ForwardFlopsPerToken(length) * ids.Length / forward;
        // The last token of a sequence is drawn and not fed.
        double samplingRate = Model.ForwardFlopsPerToken(length - 1) * batch * (length - 1) / sampling;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {length} | {batch} | {forwardRate / 1e9:F1} | {samplingRate / 1e9:F1} | {samplingRate / forwardRate:F2} | {batch * (length - 1) / sampling:N0} | {string.Join(", ", profile.ByOp.Take(4).Select(op => string.Create(CultureInfo.InvariantCulture, $"{op.Op} {op.Seconds / all:0%}")))} |"));
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
