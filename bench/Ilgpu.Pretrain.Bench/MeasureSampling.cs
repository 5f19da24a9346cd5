using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Generation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

internal static class MeasureSampling
{
    public const string Verb = "measure-sampling";

    public static int Run(string[] args)
    {
        int length = int.Parse(args[0], CultureInfo.InvariantCulture);
        var config = new LlamaConfig { Name = "hidden-512", Hidden = 512, Mlp = 1792, Layers = 6, Heads = 8, KeyValueHeads = 8, Vocabulary = 4096, Context = 1024 };
        const int Batch = 64;
        using var device = Device.OpenCpu();
        int fb = Math.Max(1, 1024 / length);
        using var model = new LlamaModel(device, config, new LlamaModelOptions(fb, length));
        model.Initialize(1);
        int[] ids = [.. Enumerable.Range(0, fb * length).Select(i => i * 17 % 4096)];
        var losses = new float[ids.Length];
        double forward = double.PositiveInfinity;
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            model.Losses(ids, ids, losses);
            forward = Math.Min(forward, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double forwardRate = config.ForwardFlopsPerToken(length) * ids.Length / forward;
        using var decoder = new Decoder(model, Batch, length);
        var logits = new float[Batch * config.Vocabulary];
        var step = new int[Batch];
        var samplers = Enumerable.Range(0, Batch).Select(i => new Sampler(new SamplingOptions(), config.Vocabulary, i)).ToArray();
        double decode = 0, copy = 0, draw = 0;
        for (int p = 0; p < length; p++)
        {
            long start = Stopwatch.GetTimestamp();
            decoder.Advance(step);
            decoder.NextLogits();
            device.Synchronize();
            decode += Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            decoder.NextLogits().CopyTo(logits);
            copy += Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Batch; i++)
                step[i] = samplers[i].Draw(logits.AsSpan(i * config.Vocabulary, config.Vocabulary));
            draw += Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        double decodeRate = config.ForwardFlopsPerToken(length) * Batch * length / decode;
        Console.WriteLine($"length {length}: forward {forwardRate / 1e9:F1} GFLOP/s; decode {decodeRate / 1e9:F1} GFLOP/s = {decodeRate / forwardRate:F3}; decode {decode:F2} s, copy+head {copy:F2}, draw {draw:F2}");
        return 0;
    }
}
