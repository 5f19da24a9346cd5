using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// The first contact with a GPU, in seconds: memory, one product of each kind of elements against fp64, attention, a few
/// training steps. <c>gpu-smoke --device cuda:0 [--json]</c>.
/// </summary>
internal static class GpuSmoke
{
    public static JsonObject Run(Device device, GpuOptions options)
    {
        var failures = new JsonArray();
        var done = new JsonObject();
        Try("memory", () => Memory(device));
        Try("matmul fp32", () => Product<float, Fp32Storage>(device, 1e-5));
        if (device.Runs(Rung.TensorCore))
            Try("matmul bf16", () => Product<BFloat16, BFloat16Storage>(device, 5e-3));
        Try("steps fp32", () => Steps(device, ComputePrecision.Fp32));
        if (device.Runs(Rung.TensorCore))
            Try("steps bf16", () => Steps(device, ComputePrecision.Bf16));
        JsonObject result = GpuJson.Of(new { driver = GpuDriver.Ask(options.Device), bf16 = device.Runs(Rung.TensorCore) });
        result["done"] = done;
        result["failures"] = failures;
        return result;

        void Try(string what, Func<string> act)
        {
            try
            {
                string outcome = act();
                done[what] = outcome;
                options.Words.WriteLine($"{what}: {outcome}");
            }
#pragma warning disable CA1031 // Whatever a driver throws is the finding.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures.Add($"{what}: {exception.Message}");
                options.Words.WriteLine($"{what} FAILED: {exception}");
            }
        }
    }

    private static string Memory(Device device)
    {
        const int Count = 1 << 20;
        using var memory = new OpMemory(device);
        int[] values = [.. Enumerable.Range(0, Count)];
        Tensor<int> tensor = memory.Zero<int>(1, Count);
        tensor.CopyFrom(values);
        return tensor.ToArray().AsSpan().SequenceEqual(values) ? "a copy came back as it was" : throw new InvalidOperationException("a copy came back altered");
    }

    /// <summary>All three layouts against fp64; one of the extents fills no tile.</summary>
    private static string Product<T, TStorage>(Device device, double allowed)
        where T : unmanaged
        where TStorage : struct, IStorage<T>
    {
        const int M = 72;
        const int N = 136;
        const int K = 64;
        double worst = 0;
        string rung = "";
        foreach (MatmulLayout layout in Enum.GetValues<MatmulLayout>())
        {
            using var memory = new OpMemory(device);
            Tensor<T> a = layout == MatmulLayout.TN ? memory.Random<T>(K, M) : memory.Random<T>(M, K);
            Tensor<T> b = layout == MatmulLayout.NT ? memory.Random<T>(N, K) : memory.Random<T>(K, N);
            Tensor<float> c = memory.Zero<float>(M, N);
            var op = Matmul.Create<T>(device);
            rung = op.GetType().Name.Split('`')[0];
            op.Multiply(c, a, b, layout);
            device.Synchronize();
            double[] left = Array.ConvertAll(a.ToArray(), value => (double)TStorage.ToSingle(value));
            double[] right = Array.ConvertAll(b.ToArray(), value => (double)TStorage.ToSingle(value));
            float[] actual = c.ToArray();
            for (int i = 0; i < actual.Length; i++)
            {
                (int row, int column) = (i / N, i % N);
                double expected = 0;
                for (int k = 0; k < K; k++)
                    expected += left[layout == MatmulLayout.TN ? (k * M) + row : (row * K) + k] * right[layout == MatmulLayout.NT ? (column * K) + k : (k * N) + column];
                double error = Math.Abs(expected - actual[i]);
                // NaN compares false: it has to fail.
                worst = error <= worst ? worst : error;
            }
        }

        return worst <= allowed
            ? FormattableString.Invariant($"{rung}, largest error {worst:G2}")
            : throw new InvalidOperationException(FormattableString.Invariant($"{rung} is off by {worst:G3}, {allowed:G2} is allowed"));
    }

    private static string Steps(Device device, ComputePrecision precision)
    {
        const int Count = 3;
        GpuShapes shapes = GpuShapes.Tiny;
        using var training = new TrainingStep(device, shapes.Model, shapes.Batch, shapes.Length, precision);
        List<double> losses = [];
        for (int i = 0; i < Count; i++)
        {
            training.Take(learningRate: 1e-2);
            losses.Add(training.Loss);
        }

        string text = string.Join(", ", losses.Select(loss => FormattableString.Invariant($"{loss:F4}")));
        return losses[^1] < losses[0] ? $"losses {text}" : throw new InvalidOperationException($"losses do not fall: {text}");
    }
}
