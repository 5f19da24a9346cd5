using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// A whole model on a GPU beside the same on the CPU: losses, every gradient, the losses of a short training, and the same
/// bits twice. <c>gpu-model --device cuda:0 [--json]</c>.
/// </summary>
internal static class GpuModel
{
    private const int Steps = 20;
    private const double LearningRate = 3e-3;

    /// <summary>Extents that fill no tile, and grouped heads of 64.</summary>
    private static readonly StepCase Full = new(
        new LlamaConfig { Name = "check", Hidden = 256, Mlp = 456, Layers = 3, Heads = 4, KeyValueHeads = 2, Vocabulary = 1003, Context = 200 },
        Batch: 3,
        Length: 141);

    private static readonly StepCase Tiny = new(GpuShapes.Tiny.Model with { Vocabulary = 61 }, Batch: 2, Length: 19);

    /// <summary>
    /// How far a precision may lie from fp32 on the CPU. fp32: other orders of summation and exponentials of 2 ulp; bf16:
    /// roundings of 2^-9 in every branch, which average out over a tensor's elements but not in a single one.
    /// </summary>
    /// <param name="Loss">Of the first loss, absolute.</param>
    /// <param name="Gradient">Of a tensor's gradient, L2 norm of the difference over that of the gradient.</param>
    /// <param name="Training">Of the losses of the short training, absolute.</param>
    private sealed record Band(double Loss, double Gradient, double Training);

    private static readonly Dictionary<ComputePrecision, Band> Bands = new()
    {
        [ComputePrecision.Fp32] = new(1e-4, 1e-3, 1e-2),
        [ComputePrecision.Bf16] = new(2e-2, 6e-2, 1e-1),
    };

    public static JsonObject Run(Device device, GpuOptions options)
    {
        StepCase step = options.Tiny ? Tiny : Full;
        int steps = options.Tiny ? 4 : Steps;
        var failures = new JsonArray();
        var precisions = new JsonObject();
        using var cpu = Device.OpenCpu();
        using var expected = step.Prepare(cpu);
        expected.ComputeGradients();
        double firstLoss = expected.Loss;
        Dictionary<string, float[]> gradients = Gradients(expected.Model);
        double[] losses = Train(expected, steps);
        foreach ((ComputePrecision precision, Band band) in Bands)
        {
            if (precision == ComputePrecision.Bf16 && !device.Runs(Rung.TensorCore))
                continue;
            string name = precision.ToString().ToLowerInvariant();
            try
            {
                precisions[name] = Compare(device, step, precision, band, (firstLoss, gradients, losses), options.Words, failure => failures.Add($"{name}: {failure}"));
            }
#pragma warning disable CA1031 // Whatever a driver throws is the finding; the other precision is measured all the same.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures.Add($"{name}: {exception.Message}");
                options.Words.WriteLine($"{name} FAILED: {exception}");
            }
        }

        JsonObject result = GpuJson.Of(new { model = step.ToString(), parameters = step.Model.ParameterCount, steps });
        result["precisions"] = precisions;
        result["failures"] = failures;
        return result;
    }

    private static JsonObject Compare(
        Device device,
        StepCase step,
        ComputePrecision precision,
        Band band,
        (double FirstLoss, Dictionary<string, float[]> Gradients, double[] Losses) expected,
        TextWriter words,
        Action<string> fail)
    {
        using var training = step.Prepare(device, precision);
        training.ComputeGradients();
        double lossError = Math.Abs(training.Loss - expected.FirstLoss);
        Dictionary<string, float[]> gradients = Gradients(training.Model);
        (string worstName, double worst) = ("", 0);
        foreach ((string name, float[] gradient) in expected.Gradients)
        {
            double error = RelativeError(gradient, gradients[name]);
            if (!(error <= worst))
                (worstName, worst) = (name, error);
        }

        training.ComputeGradients();
        bool sameBits = Gradients(training.Model).All(each => each.Value.AsSpan().SequenceEqual(gradients[each.Key]));
        double[] losses = Train(training, expected.Losses.Length);
        double trainingError = losses.Zip(expected.Losses, (a, b) => Math.Abs(a - b)).Aggregate(0.0, (largest, each) => each <= largest ? largest : each);

        words.WriteLine(FormattableString.Invariant(
            $"{precision}: loss {training.Loss:F4} after {losses.Length} steps; first loss off by {lossError:G2}, worst gradient by {worst:G2} ({worstName}), losses in training by {trainingError:G2}, {(sameBits ? "the same bits twice" : "OTHER BITS the second time")}"));
        Require(lossError <= band.Loss, $"the loss is off by {lossError:G3}, {band.Loss:G2} is allowed");
        Require(worst <= band.Gradient, $"the gradient of {worstName} is off by {worst:G3} of its norm, {band.Gradient:G2} is allowed");
        Require(trainingError <= band.Training, $"losses in training are off by {trainingError:G3}, {band.Training:G2} is allowed");
        Require(sameBits, $"the same pass twice gave different gradients");
        return GpuJson.Of(new
        {
            loss_error = lossError,
            gradient_error = worst,
            worst_gradient = worstName,
            training_error = trainingError,
            same_bits_twice = sameBits,
            allowed = band,
            losses,
            losses_on_cpu = expected.Losses,
        });

        void Require(bool holds, FormattableString failure)
        {
            if (!holds)
                fail(FormattableString.Invariant(failure));
        }
    }

    private static double[] Train(TrainingStep training, int steps)
    {
        var losses = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            training.Take(LearningRate);
            losses[i] = training.Loss;
        }

        return losses;
    }

    private static Dictionary<string, float[]> Gradients(LlamaModel model) =>
        model.Layout.Named.ToDictionary(each => each.Name, each => each.In(model.Gradients).ToArray());

    private static double RelativeError(float[] expected, float[] actual)
    {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += ((double)actual[i] - expected[i]) * ((double)actual[i] - expected[i]);
            norm += (double)expected[i] * expected[i];
        }

        return Math.Sqrt(difference / norm);
    }
}
