namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>A student's head beside its teachers' in chunks against fp64 with all logits at once, one thin class a rung below.</summary>
public abstract class DistillationHeadTests<T>(Rung rung)
    where T : unmanaged
{
    private const float Scale = 1f / 7;

    private static readonly SoftTargetMix Mix = new(.45, 1.2);

    /// <summary>As for <see cref="OutputHead"/>; the divergence is of two such sums.</summary>
    private static readonly Tolerance LossTolerance = new(8e-6, 4e-6);

    /// <summary>As for <see cref="OutputHead"/>.</summary>
    private static Tolerance GradientTolerance(int terms)
    {
        Tolerance sums = Tolerance.Sum(terms, 4);
        return typeof(T) == typeof(float) ? sums : Elements.After<T>(sums) with { Absolute = 2 * Scale / 256 * Math.Sqrt(terms) };
    }

    [Theory]
    [InlineData(1, EnsembleAveraging.Logits, 8)]
    [InlineData(1, EnsembleAveraging.Probabilities, 13)]
    [InlineData(3, EnsembleAveraging.Logits, 13)]
    [InlineData(3, EnsembleAveraging.Probabilities, 4)]
    public void Losses_and_gradients_equal_the_fp64_reference(int teachers, EnsembleAveraging averaging, int chunk)
    {
        var problem = new Problem(RungDevices.AtMost(rung, 5, 13), RungDevices.AtMost(rung, 19, 33), teachers, 70 + teachers);
        chunk = RungDevices.AtMost(rung, chunk / 3, chunk);
        double[] logits = Problem.Logits(problem.Hidden, problem.Weights, problem.Tokens);
        double[] teacher = problem.TeacherLogits(averaging);
        Result result = ForwardBackward(Device, problem, averaging, chunk, before: null);
        LossTolerance.AssertClose(CrossEntropyReference.Losses(logits, problem.Targets), result.CrossEntropies, "cross-entropies");
        LossTolerance.AssertClose(DistillationCrossEntropyReference.Divergences(logits, teacher, problem.Targets, Mix.Temperature), result.Divergences, "divergences");
        double[] logitsGradient = DistillationCrossEntropyReference.Gradient(logits, teacher, problem.Targets, Mix, Scale);
        (double[] hidden, double[] weights) = problem.Gradients(logitsGradient);
        GradientTolerance(problem.Vocabulary).AssertClose(hidden, result.HiddenGradient, "hidden gradient");
        GradientTolerance(problem.Tokens).AssertClose(weights, result.WeightGradient, "weight gradient");
        float[] before = new Inputs(80).Normal(problem.Weights.Length);
        double[] accumulated = [.. weights.Select((value, i) => value + before[i])];
        GradientTolerance(problem.Tokens).AssertClose(accumulated, ForwardBackward(Device, problem, averaging, chunk, before).WeightGradient, "accumulated weight gradient");
    }

    [Fact]
    public void Losses_and_hidden_gradient_depend_neither_on_the_chunk_nor_on_the_threads()
    {
        int chunk = RungDevices.AtMost(rung, 2, 8);
        var problem = new Problem(RungDevices.AtMost(rung, 5, 21), RungDevices.AtMost(rung, 19, 65), 2, 75);
        Result one = ForwardBackward(Device, problem, EnsembleAveraging.Probabilities, problem.Tokens, before: null);
        Result chunks = ForwardBackward(Device, problem, EnsembleAveraging.Probabilities, chunk, before: null);
        Bits.AssertEqual(one.CrossEntropies, chunks.CrossEntropies, "cross-entropies in chunks");
        Bits.AssertEqual(one.Divergences, chunks.Divergences, "divergences in chunks");
        Bits.AssertEqual(one.HiddenGradient, chunks.HiddenGradient, "hidden gradient in chunks");
        Result oneThread = ForwardBackward(RungDevices.Other(rung), problem, EnsembleAveraging.Probabilities, chunk, before: null);
        Bits.AssertEqual(chunks.Divergences, oneThread.Divergences, "divergences on one thread");
        Bits.AssertEqual(chunks.HiddenGradient, oneThread.HiddenGradient, "hidden gradient on one thread");
        Bits.AssertEqual(chunks.WeightGradient, oneThread.WeightGradient, "weight gradient on one thread");
    }

    [Fact]
    public void Teachers_of_other_shapes_are_refused()
    {
        using var memory = new TestMemory(Device);
        Tensor<T> hidden = memory.PoisonedOf<T>(4, 8);
        Tensor<T> head = memory.PoisonedOf<T>(9, 8);
        Tensor<float> logits = memory.Poisoned(4, 9);
        DistillationTeachers<T>[] wrong =
        [
            new([], [], logits, logits),
            new([hidden], [head, head], logits, logits),
            new([memory.PoisonedOf<T>(3, 8)], [head], logits, logits),
            new([hidden], [memory.PoisonedOf<T>(10, 8)], logits, logits),
            new([hidden], [memory.PoisonedOf<T>(9, 7)], logits, logits),
            new([hidden], [head], memory.Poisoned(3, 9), logits),
            new([hidden], [head], logits, memory.Poisoned(4, 8)),
        ];
        var op = Head(Device, EnsembleAveraging.Logits);
        Tensor<float> losses = memory.Poisoned(1, 4);
        foreach (DistillationTeachers<T> teachers in wrong)
        {
            Assert.ThrowsAny<ArgumentException>(() => op.ForwardBackward(
                losses, losses, hidden, memory.Poisoned(9, 8), hidden, head, teachers, memory.Allocate<int>(1, 4), logits, memory.PoisonedOf<T>(4, 9), Mix, Scale, accumulate: false));
        }
    }

    private Device Device => RungDevices.Usual(rung);

    /// <summary>On simulated warps each of the head's ops takes its best rung, which need not be the same.</summary>
    private DistillationHead<T> Head(Device device, EnsembleAveraging averaging) => new(device, averaging, rung == Rung.Gpu ? null : rung);

    private Result ForwardBackward(Device device, Problem problem, EnsembleAveraging averaging, int chunk, float[]? before)
    {
        using var memory = new TestMemory(device);
        (int tokens, int vocabulary, int width) = (problem.Tokens, problem.Vocabulary, problem.Width);
        Tensor<float> crossEntropies = memory.Poisoned(1, tokens);
        Tensor<float> divergences = memory.Poisoned(1, tokens);
        Tensor<T> hiddenGradient = memory.PoisonedOf<T>(tokens, width);
        Tensor<float> weightGradient = before is null ? memory.Poisoned(vocabulary, width) : memory.Input(before, vocabulary, width);
        Tensor<float> logits = memory.Poisoned(chunk, vocabulary);
        Tensor<float> teacherLogits = memory.Poisoned(chunk, vocabulary);
        var teachers = new DistillationTeachers<T>(
            [.. problem.Teachers.Select(teacher => memory.InputOf<T>(teacher.Hidden, tokens, teacher.Hidden.Length / tokens))],
            [.. problem.Teachers.Select(teacher => memory.InputOf<T>(teacher.Head, vocabulary, teacher.Head.Length / vocabulary))],
            teacherLogits,
            problem.Teachers.Length == 1 ? teacherLogits : memory.Poisoned(chunk, vocabulary));
        Head(device, averaging).ForwardBackward(
            crossEntropies,
            divergences,
            hiddenGradient,
            weightGradient,
            memory.InputOf<T>(problem.Hidden, tokens, width),
            memory.InputOf<T>(problem.Weights, vocabulary, width),
            teachers,
            memory.Input(problem.Targets, 1, tokens),
            logits,
            logits is Tensor<T> itself ? itself : memory.PoisonedOf<T>(chunk, vocabulary),
            Mix,
            Scale,
            before is not null);
        return new Result(crossEntropies.ToArray(), divergences.ToArray(), Elements.ToSingles(hiddenGradient.ToArray()), weightGradient.ToArray());
    }

    private sealed record Result(float[] CrossEntropies, float[] Divergences, float[] HiddenGradient, float[] WeightGradient);

    private sealed class Problem
    {
        public Problem(int tokens, int vocabulary, int teachers, int seed)
        {
            const int Widest = 24;
            var inputs = new Inputs(seed);
            Vocabulary = vocabulary;
            Hidden = Elements.Rounded<T>(inputs.Normal(tokens * Widest));
            Weights = Elements.Rounded<T>(inputs.Normal(vocabulary * Widest, 2 / Math.Sqrt(Widest)));
            // Teachers of other widths than the student's.
            Teachers = [.. Enumerable.Range(0, teachers).Select(teacher => 16 + (8 * teacher)).Select(width => (
                Elements.Rounded<T>(inputs.Normal(tokens * width)),
                Elements.Rounded<T>(inputs.Normal(vocabulary * width, 2 / Math.Sqrt(width)))))];
            Targets = inputs.Integers(tokens, 0, vocabulary);
            Targets[2] = -1;
        }

        public float[] Hidden { get; }

        public float[] Weights { get; }

        public (float[] Hidden, float[] Head)[] Teachers { get; }

        public int[] Targets { get; }

        public int Tokens => Targets.Length;

        public int Vocabulary { get; }

        public int Width => Hidden.Length / Tokens;

        public static double[] Logits(float[] hidden, float[] weights, int tokens)
        {
            int width = hidden.Length / tokens;
            int vocabulary = weights.Length / width;
            var logits = new double[tokens * vocabulary];
            for (int i = 0; i < logits.Length; i++)
            {
                for (int column = 0; column < width; column++)
                    logits[i] += (double)hidden[(i / vocabulary * width) + column] * weights[(i % vocabulary * width) + column];
            }

            return logits;
        }

        public double[] TeacherLogits(EnsembleAveraging averaging)
        {
            double[][] each = [.. Teachers.Select(teacher => Logits(teacher.Hidden, teacher.Head, Tokens))];
            double[] average = new double[each[0].Length];
            for (int row = 0; row < Tokens; row++)
            {
                double[] logSums = [.. each.Select(member => EnsembleCrossEntropyReference.LogSumExp(member.AsSpan(row * Vocabulary, Vocabulary)))];
                for (int i = row * Vocabulary; i < (row + 1) * Vocabulary; i++)
                {
                    average[i] = averaging == EnsembleAveraging.Logits
                        ? each.Average(member => member[i])
                        : Math.Log(each.Select((member, k) => Math.Exp(member[i] - logSums[k])).Average());
                }
            }

            return average;
        }

        public (double[] Hidden, double[] Weights) Gradients(double[] logitsGradient)
        {
            var hidden = new double[Hidden.Length];
            var weights = new double[Weights.Length];
            for (int i = 0; i < logitsGradient.Length; i++)
            {
                for (int column = 0; column < Width; column++)
                {
                    hidden[(i / Vocabulary * Width) + column] += logitsGradient[i] * Weights[(i % Vocabulary * Width) + column];
                    weights[(i % Vocabulary * Width) + column] += logitsGradient[i] * Hidden[(i / Vocabulary * Width) + column];
                }
            }

            return (hidden, weights);
        }
    }
}

public sealed class DistillationHeadNaiveTests() : DistillationHeadTests<float>(Rung.Naive);

public sealed class DistillationHeadNaiveBFloat16Tests() : DistillationHeadTests<BFloat16>(Rung.Naive);

public sealed class DistillationHeadCpuTests() : DistillationHeadTests<float>(Rung.Cpu);

public sealed class DistillationHeadGpuTests() : DistillationHeadTests<float>(Rung.Gpu);

public sealed class DistillationHeadGpuBFloat16Tests() : DistillationHeadTests<BFloat16>(Rung.Gpu);
