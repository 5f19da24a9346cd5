using System.Runtime.CompilerServices;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using ILGPU.Runtime;

namespace Ilgpu.Pretrain.Bench;

/// <summary>Ops whose bound is memory. Bytes are the floor of the contract: each tensor read or written once.</summary>
internal static class GpuMemoryCases
{
    public const string Copy = "copy";

    private const string Group = "memory";

    /// <summary>What the others are shares of: the driver's own copy within the device.</summary>
    public static GpuCase CopyCase(GpuShapes shapes) => new(Group, Copy, "fp32", 0, 2.0 * shapes.CopyBytes, memory =>
    {
        Tensor<float> source = memory.Random<float>(1, shapes.CopyBytes / sizeof(float));
        Tensor<float> target = memory.Zero<float>(1, shapes.CopyBytes / sizeof(float));
        return (() => source.View.CopyTo(target.View), new DeviceCopy());
    });

    /// <summary>Ops whose elements do not depend on the precision.</summary>
    public static IEnumerable<GpuCase> InSingle(GpuShapes shapes)
    {
        int count = shapes.Parameters;
        foreach (bool rounds in new[] { false, true })
        {
            yield return new GpuCase(Group, rounds ? "adamw, with the bf16 copy" : "adamw", "fp32", 0, (rounds ? 30.0 : 28.0) * count, memory =>
            {
                Tensor<float>[] slabs = [.. Enumerable.Range(0, 4).Select(_ => memory.Random<float>(1, count))];
                Tensor<float> second = memory.Zero<float>(1, count);
                Tensor<float> norm = memory.Zero<float>(1, 2);
                norm.CopyFrom([1, 1]);
                Tensor<BFloat16> rounded = memory.Zero<BFloat16>(1, rounds ? count : 1);
                var op = AdamW.Create(memory.Device);
                var step = new AdamWStep(1e-3, .1, .9, .95, 1e-8, 10);
                return (() => op.Step(slabs[0].View, slabs[1].View, slabs[2].View, second.View, count / 2, norm, step, rounds ? rounded.View : default), op);
            });
        }

        yield return new GpuCase(Group, "gradient norm", "fp32", 0, 4.0 * count, memory =>
        {
            Tensor<float> gradients = memory.Random<float>(1, count);
            Tensor<float> result = memory.Zero<float>(1, 2);
            Tensor<double> scratch = memory.Zero<double>(1, GradientNorm.Scratch(count));
            var op = GradientNorm.Create(memory.Device);
            return (() => op.Compute(result, gradients.View, 1, scratch), op);
        });
        double stream = 4.0 * shapes.Tokens * shapes.Model.Hidden;
        yield return new GpuCase(Group, "embedding forward", "fp32", 0, 2 * stream, memory =>
        {
            (Tensor<float> table, Tensor<int> ids, Tensor<float> output) = EmbeddingTensors(memory, shapes);
            var op = Embedding.Create(memory.Device);
            return (() => op.Forward(output, ids, table), op);
        });
        yield return new GpuCase(Group, "embedding backward", "fp32", 0, stream + (4.0 * shapes.Model.Vocabulary * shapes.Model.Hidden), memory =>
        {
            (Tensor<float> table, Tensor<int> ids, Tensor<float> output) = EmbeddingTensors(memory, shapes);
            var op = Embedding.Create(memory.Device);
            return (() => op.Backward(table, output, ids, accumulate: false), op);
        });
    }

    public static IEnumerable<GpuCase> Of<T>(GpuShapes shapes, string elements)
        where T : unmanaged
    {
        int tokens = shapes.Tokens;
        int size = Unsafe.SizeOf<T>();
        int hidden = shapes.Model.Hidden;
        int mlp = shapes.Model.Mlp;
        double n = (double)tokens * hidden;
        bool rounds = typeof(T) != typeof(float);

        yield return new GpuCase(Group, "rmsnorm forward", elements, 0, n * (4 + size), memory =>
        {
            Tensor<float> input = memory.Random<float>(tokens, hidden);
            Tensor<T> output = memory.Zero<T>(tokens, hidden);
            Tensor<float> inverseRms = memory.Zero<float>(1, tokens);
            Tensor<float> gain = memory.Random<float>(1, hidden);
            var op = RmsNorm.Create<T>(memory.Device);
            return (() => op.Forward(output, inverseRms, input, gain, 1e-5f), op);
        });
        yield return new GpuCase(Group, "rmsnorm backward", elements, 0, n * (12 + (rounds ? 2 * size : size)), memory =>
        {
            Tensor<float> stream = memory.Random<float>(tokens, hidden);
            Tensor<float> input = memory.Random<float>(tokens, hidden);
            Tensor<T> outputGradient = memory.Random<T>(tokens, hidden);
            Tensor<T>? rounded = rounds ? memory.Zero<T>(tokens, hidden) : null;
            Tensor<float> inverseRms = memory.Random<float>(1, tokens);
            Tensor<float> gain = memory.Random<float>(1, hidden);
            Tensor<float> gainGradient = memory.Zero<float>(1, hidden);
            Tensor<float> scratch = memory.Zero<float>(1, checked((int)RmsNorm.BackwardScratch(tokens, hidden)));
            var op = RmsNorm.Create<T>(memory.Device);
            return (() => op.Backward(stream, gainGradient, outputGradient, input, inverseRms, gain, stream, scratch, false, rounded), op);
        });
        yield return new GpuCase(Group, "swiglu forward", elements, 0, 3.0 * size * tokens * mlp, memory =>
        {
            Tensor<T> gateUp = memory.Random<T>(tokens, 2 * mlp);
            Tensor<T> output = memory.Zero<T>(tokens, mlp);
            var op = SwiGlu.Create<T>(memory.Device);
            return (() => op.Forward(output, gateUp), op);
        });
        yield return new GpuCase(Group, "swiglu backward", elements, 0, 5.0 * size * tokens * mlp, memory =>
        {
            Tensor<T> gateUp = memory.Random<T>(tokens, 2 * mlp);
            Tensor<T> gradient = memory.Zero<T>(tokens, 2 * mlp);
            Tensor<T> outputGradient = memory.Random<T>(tokens, mlp);
            var op = SwiGlu.Create<T>(memory.Device);
            return (() => op.Backward(gradient, outputGradient, gateUp), op);
        });
        var plan = new MuonPlan(new ParameterLayout(shapes.Model).HiddenMatrices);
        int updated = checked((int)plan.Groups[0].Sum(matrix => matrix.Length));
        yield return new GpuCase(Group, "muon momentum and update", elements, 0, (double)updated * (28 + (2 * size) + (rounds ? 2 : 0)), memory =>
        {
            MuonGroup group = memory.Own(new MuonGroup(memory.Device, plan, plan.Groups[0]));
            int length = checked((int)group.Length);
            Tensor<float>[] slabs = [.. Enumerable.Range(0, 3).Select(_ => memory.Random<float>(1, length))];
            Tensor<T> direction = memory.Zero<T>(1, length);
            Tensor<float> norm = memory.Zero<float>(1, 2);
            norm.CopyFrom([1, 1]);
            Tensor<BFloat16> rounded = memory.Zero<BFloat16>(1, rounds ? length : 1);
            var op = Muon.Create<T>(memory.Device);
            return (() =>
            {
                op.Accumulate(group, slabs[0].View, slabs[1].View, norm, MuonSettings.DefaultMomentum);
                op.Normalize(group, direction.View, slabs[0].View, slabs[1].View, norm, MuonSettings.DefaultMomentum);
                op.Update(group, slabs[2].View, direction.View, new MuonStep(1e-3, .1), rounds ? rounded.View : default);
            }, op);
        });
        AttentionShape attention = shapes.Attention;
        yield return new GpuCase(Group, "rope", elements, 0, 2.0 * size * tokens * (attention.OutputColumns + attention.KeyValueColumns), memory =>
        {
            Tensor<T> qkv = memory.Random<T>(tokens, attention.QkvColumns);
            RopeTable table = memory.Own(new RopeTable(memory.Device, attention.Length, attention.HeadSize, shapes.Model.RopeTheta));
            var op = Rope.Create<T>(memory.Device);
            return (() => op.Forward(qkv, table, attention), op);
        });
        yield return new GpuCase(Group, "cross-entropy with gradient", elements, 0, (double)shapes.Chunk * shapes.Model.Vocabulary * (4 + size), memory =>
        {
            Tensor<float> logits = memory.Random<float>(shapes.Chunk, shapes.Model.Vocabulary);
            Tensor<T> gradient = memory.Zero<T>(shapes.Chunk, shapes.Model.Vocabulary);
            Tensor<float> losses = memory.Zero<float>(1, shapes.Chunk);
            Tensor<int> targets = memory.Ids(shapes.Chunk, shapes.Model.Vocabulary);
            var op = CrossEntropy.Create<T>(memory.Device);
            return (() => op.ForwardBackward(losses, gradient, logits, targets, 1), op);
        });
        yield return new GpuCase(Group, "cross-entropy by soft labels with gradient", elements, 0, (double)shapes.Chunk * shapes.Model.Vocabulary * (8 + size), memory =>
        {
            Tensor<float> logits = memory.Random<float>(shapes.Chunk, shapes.Model.Vocabulary);
            Tensor<float> teacher = memory.Random<float>(shapes.Chunk, shapes.Model.Vocabulary);
            Tensor<T> gradient = memory.Zero<T>(shapes.Chunk, shapes.Model.Vocabulary);
            Tensor<float> losses = memory.Zero<float>(1, shapes.Chunk);
            Tensor<float> divergences = memory.Zero<float>(1, shapes.Chunk);
            Tensor<int> targets = memory.Ids(shapes.Chunk, shapes.Model.Vocabulary);
            var op = DistillationCrossEntropy.Create<T>(memory.Device);
            return (() => op.ForwardBackward(losses, divergences, gradient, logits, teacher, targets, new SoftTargetMix(.45, 1.2), 1), op);
        });
        yield return new GpuCase(Group, "dropout", elements, 0, n * (4 + size), memory =>
        {
            Tensor<float> input = memory.Random<float>(tokens, hidden);
            Tensor<T> output = memory.Zero<T>(tokens, hidden);
            var op = Dropout.Create<T>(memory.Device);
            return (() => op.Apply(output, input, null, .1f, new DropoutKey(1, 2, 3)), op);
        });
    }

    private static (Tensor<float> Table, Tensor<int> Ids, Tensor<float> Output) EmbeddingTensors(OpMemory memory, GpuShapes shapes) =>
    (
        memory.Random<float>(shapes.Model.Vocabulary, shapes.Model.Hidden),
        memory.Ids(shapes.Tokens, shapes.Model.Vocabulary),
        memory.Random<float>(shapes.Tokens, shapes.Model.Hidden));

    /// <summary>No kernel of ours.</summary>
    private sealed class DeviceCopy;
}
