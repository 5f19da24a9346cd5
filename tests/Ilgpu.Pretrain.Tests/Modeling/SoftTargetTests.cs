using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Kernels.Tests;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>A model that learns from others beside the text, against the fp64 network.</summary>
public sealed class SoftTargetTests
{
    private const int Batch = 2;
    private const int Length = 19;
    private const float Scale = 1f / (Batch * Length);

    private static readonly SoftTargetMix Mix = new(.45, 1.2);

    /// <summary>As for the model without teachers; a divergence is of two such passes.</summary>
    private static readonly Tolerance LossTolerance = new(2e-5, 1e-5);

    /// <summary>fp32 through two layers: 1e-4 of the largest gradient of its tensor.</summary>
    private const double GradientError = 1e-4;

    private static readonly LlamaConfig Other = TestModels.Tiny with { Name = "other", Hidden = 16, Mlp = 24, Layers = 1, Heads = 2, KeyValueHeads = 1 };

    private static readonly LlamaModelOptions Options = new(Batch, Length) { Training = true };

    [Theory]
    [InlineData(1, EnsembleAveraging.Logits, false)]
    [InlineData(2, EnsembleAveraging.Logits, false)]
    [InlineData(2, EnsembleAveraging.Probabilities, true)]
    public void Losses_and_every_gradient_equal_the_fp64_reference(int count, EnsembleAveraging averaging, bool recompute)
    {
        using LlamaModel student = TestModels.Create(TestModels.Tiny, Options with { Recompute = recompute });
        using LlamaModel first = TestModels.Create(TestModels.Tiny, Options.OfTeacher(), seed: 2);
        using LlamaModel second = TestModels.Create(Other, Options.OfTeacher(), seed: 3);
        LlamaModel[] teachers = [.. new[] { first, second }.Take(count)];
        student.LearnFrom(teachers, averaging, Mix);
        (int[] inputs, int[] targets) = TestModels.Batch(TestModels.Tiny, Batch * Length, 5);
        double[] soft = Average([.. teachers.Select(teacher => TestModels.ReferenceOf(teacher).Logits(inputs, Length))], averaging);
        double[] divergences = [];
        (double[] losses, Dictionary<string, double[]> gradients) = TestModels.ReferenceOf(student).LossesAndGradients(inputs, targets, Length, logits =>
        {
            divergences = DistillationCrossEntropyReference.Divergences(logits, soft, targets, Mix.Temperature);
            return DistillationCrossEntropyReference.Gradient(logits, soft, targets, Mix, Scale);
        });

        LossTolerance.AssertClose(losses, TestModels.Run(student, inputs, targets, Scale).Losses, "losses");
        LossTolerance.AssertClose(divergences, DivergencesOf(student, inputs.Length), "divergences");
        foreach ((string name, double[] actual) in TestModels.Widened(student, student.Gradients))
        {
            double error = actual.Zip(gradients[name], (a, b) => Math.Abs(a - b)).Max() / gradients[name].Max(Math.Abs);
            Assert.True(error < GradientError, $"{name}: off by {error:G3} of its largest gradient");
        }
    }

    [Fact]
    public void Without_weight_on_the_teacher_the_gradients_are_those_of_the_text()
    {
        (int[] inputs, int[] targets) = TestModels.Batch(TestModels.Tiny, Batch * Length, 5);
        using LlamaModel plain = TestModels.Create(TestModels.Tiny, Options with { Dropout = .1f });
        using LlamaModel student = TestModels.Create(TestModels.Tiny, Options with { Dropout = .1f });
        using LlamaModel teacher = TestModels.Create(TestModels.Tiny, Options.OfTeacher(), seed: 2);
        student.LearnFrom([teacher], EnsembleAveraging.Logits, Mix with { Alpha = 0 });
        (float[] losses, float[] gradients) = TestModels.Run(plain, inputs, targets, Scale);
        (float[] losses2, float[] gradients2) = TestModels.Run(student, inputs, targets, Scale);
        Bits.AssertEqual(losses, losses2, "losses");
        // Sums over tokens whose terms cancel: a few roundings of terms of size 1e-2.
        new Tolerance(1e-6, 1e-5).AssertClose(gradients.ToDoubles(), gradients2, "gradients");
    }

    [Fact]
    public void A_student_that_is_its_teacher_learns_nothing_from_it()
    {
        (int[] inputs, int[] targets) = TestModels.Batch(TestModels.Tiny, Batch * Length, 5);
        using LlamaModel student = TestModels.Create(TestModels.Tiny, Options);
        using LlamaModel twin = TestModels.Create(TestModels.Tiny, Options.OfTeacher());
        student.LearnFrom([twin], EnsembleAveraging.Logits, Mix with { Alpha = 1 });
        (_, float[] gradients) = TestModels.Run(student, inputs, targets, Scale);
        LossTolerance.AssertClose(new double[inputs.Length], DivergencesOf(student, inputs.Length), "divergences");
        Assert.All(gradients, gradient => Assert.True(Math.Abs(gradient) < 1e-6));
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        (float[] divergences, float[] gradients) = Once(TestDevices.Cpu);
        (float[] divergences1, float[] gradients1) = Once(TestDevices.CpuWithThreads(1));
        Bits.AssertEqual(divergences, divergences1, "divergences");
        Bits.AssertEqual(gradients, gradients1, "gradients");

        static (float[] Divergences, float[] Gradients) Once(Device device)
        {
            (int[] inputs, int[] targets) = TestModels.Batch(TestModels.Tiny, Batch * Length, 5);
            using LlamaModel student = TestModels.Create(TestModels.Tiny, Options, device: device);
            using LlamaModel first = TestModels.Create(TestModels.Tiny, Options.OfTeacher(), seed: 2, device);
            using LlamaModel second = TestModels.Create(Other, Options.OfTeacher(), seed: 3, device);
            student.LearnFrom([first, second], EnsembleAveraging.Probabilities, Mix);
            (_, float[] gradients) = TestModels.Run(student, inputs, targets, Scale);
            return (DivergencesOf(student, inputs.Length), gradients);
        }
    }

    /// <summary>As in the test of a model without teachers.</summary>
    [Fact]
    public void A_step_allocates_nothing_of_ours()
    {
        (int[] inputs, int[] targets) = TestModels.Batch(TestModels.Tiny, Batch * Length, 4);
        using LlamaModel student = TestModels.Create(TestModels.Tiny, Options);
        using LlamaModel first = TestModels.Create(TestModels.Tiny, Options.OfTeacher(), seed: 2);
        using LlamaModel second = TestModels.Create(Other, Options.OfTeacher(), seed: 3);
        student.LearnFrom([first, second], EnsembleAveraging.Probabilities, Mix);
        var losses = new float[inputs.Length];
        var allocated = new long[12];
        for (int step = 0; step < allocated.Length; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            student.ForwardBackward(inputs, targets, 1, accumulate: step % 2 == 1);
            student.CopyLosses(losses);
            student.CopyDivergences(losses);
            allocated[step] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", allocated));
        string runtime = IlgpuRuntime.Kind;
        if (runtime == "standin")
            Assert.Equal(0, allocated[6..].Min());
        Assert.True(allocated[6..].Min() <= allocated[..6].Min(), "later steps allocate more than the first ones");
    }

    [Fact]
    public void Teachers_are_planned_to_the_byte()
    {
        LlamaModelOptions options = Options with { Dropout = .1f };
        ModelPlan alone = ModelPlan.Of(TestModels.Tiny, options);
        ModelPlan taught = alone.With([TestModels.Tiny, Other], options);
        long teachers = ModelPlan.Of(TestModels.Tiny, options.OfTeacher()).Total + ModelPlan.Of(Other, options.OfTeacher()).Total;
        Assert.Equal(teachers + (Batch * Length * sizeof(float)), taught.Teachers);
        Assert.Equal(alone.Total + taught.Teachers, taught.Total);
        Assert.Equal(alone, alone.With([], options));
    }

    [Fact]
    public void Teachers_that_do_not_fit_are_refused()
    {
        using LlamaModel student = TestModels.Create(TestModels.Tiny, Options);
        using LlamaModel words = TestModels.Create(TestModels.Tiny with { Vocabulary = 38 }, Options.OfTeacher());
        using LlamaModel shorter = TestModels.Create(TestModels.Tiny, new LlamaModelOptions(Batch, Length - 1));
        Assert.ThrowsAny<ArgumentException>(() => student.LearnFrom([], EnsembleAveraging.Logits, Mix));
        Assert.ThrowsAny<ArgumentException>(() => student.LearnFrom([words], EnsembleAveraging.Logits, Mix));
        Assert.ThrowsAny<ArgumentException>(() => student.LearnFrom([shorter], EnsembleAveraging.Logits, Mix));
        Assert.ThrowsAny<ArgumentException>(() => student.LearnFrom([student], EnsembleAveraging.Logits, Mix));
        Assert.Throws<InvalidOperationException>(() => student.CopyDivergences(new float[Length]));
    }

    private static float[] DivergencesOf(LlamaModel student, int tokens)
    {
        var divergences = new float[tokens];
        student.CopyDivergences(divergences);
        return divergences;
    }

    private static double[] Average(double[][] members, EnsembleAveraging averaging)
    {
        int vocabulary = TestModels.Tiny.Vocabulary;
        var average = new double[members[0].Length];
        for (int start = 0; start < average.Length; start += vocabulary)
        {
            double[][] logProbabilities = [.. members.Select(member => DistillationCrossEntropyReference.LogSoftmax(member.AsSpan(start, vocabulary), 1))];
            for (int i = 0; i < vocabulary; i++)
            {
                average[start + i] = averaging == EnsembleAveraging.Logits
                    ? members.Average(member => member[start + i])
                    : Math.Log(logProbabilities.Average(each => Math.Exp(each[i])));
            }
        }

        return average;
    }
}
