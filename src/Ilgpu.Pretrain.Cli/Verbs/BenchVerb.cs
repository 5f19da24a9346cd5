using CommandLine;
using Ilgpu.Pretrain.Benchmarking;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("bench", HelpText = "How fast a model trains here: a training step and each op, as shares of what the processor does at most, measured in the same call; allocations and memory.")]
internal sealed class BenchVerb : DeviceVerb
{
    private const int MostRepeats = 1000;

    private const string Step = "step";

    private const string All = "all";

    [Option("model", Default = "mini-s", HelpText = "A preset ('pretrain model' lists them) or a JSON file.")]
    public string Model { get; set; } = "";

    [Option("vocab", HelpText = "Vocabulary, instead of the model's own.")]
    public int? Vocabulary { get; set; }

    [Option("batch", Default = 4, HelpText = "Windows a step.")]
    public int Batch { get; set; }

    [Option("context", HelpText = "Tokens a window; default: the model's context.")]
    public int? Context { get; set; }

    [Option("precision", Default = ComputePrecision.Fp32, HelpText = "fp32, or bf16 on GPUs with tensor cores.")]
    public ComputePrecision Precision { get; set; }

    [Option("optimizer", Default = OptimizerKind.AdamW, HelpText = "adamw or muon, for the step.")]
    public OptimizerKind Optimizer { get; set; }

    [Option("op", Default = All, HelpText = "step, one op (embedding, rmsnorm, matmul, rope, attention, swiglu, crossentropy, gradientnorm, adamw, muon), or all.")]
    public string Op { get; set; } = "";

    [Option("repeats", Default = 3, HelpText = "Steps that are measured, after one that is not, and calls of an op at least. Medians are reported.")]
    public int Repeats { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        InputException.ThrowUnless(Repeats is >= 1 and <= MostRepeats, "--repeats", Repeats, $"a whole number from 1 to {MostRepeats}");
        InputException.ThrowUnless(Op is Step or All || OpCases.Names.Contains(Op), "--op", $"'{Op}'", $"{Step}, {string.Join(", ", OpCases.Names)} or {All}");
        LlamaConfig model = LlamaConfigFile.PresetOrFile(Model);
        model = model with { Vocabulary = Vocabulary ?? model.Vocabulary, Context = Math.Max(model.Context, Context ?? 0) };
        int length = Context ?? model.Context;
        LlamaModelOptions options = TrainingStep.OptionsOf(Batch, length, Precision);
        ModelPlan plan = ModelPlan.Of(model, options, Optimizer);
        using Device device = OpenDevice();
        options.RequirePrecision(device);
        bool takesSteps = Op is Step or All;
        if (takesSteps && plan.Total > device.Description.MemoryBytes)
            throw new InputException($"The step takes {Units.Bytes(plan.Total)} by its plan, and {device.Description.Specification} has {Units.Bytes(device.Description.MemoryBytes)}: take a smaller --batch, --context or --model.");

        BenchPeaks before = BenchPeaks.FlopsOf(device);
        StepMeasurement? step = takesSteps ? StepBench.Measure(device, model, Batch, length, Precision, Optimizer, Repeats, cancellation) : null;
        List<OpMeasurement> ops = [];
        foreach (string name in OpCases.Names.Where(name => Op == All || Op == name))
            Measure(device, model, length, name, ops, cancellation);
        BenchPeaks peaks = before.WithLater(BenchPeaks.Of(device));
        var report = new BenchReport(model, Batch, length, Precision, Optimizer, device, peaks, step, ops);
        if (Json)
            report.PrintJson();
        else
            report.Write(Words);
        return ExitCode.Done;
    }

    private void Measure(Device device, LlamaConfig model, int length, string name, List<OpMeasurement> measured, CancellationToken cancellation)
    {
        using var op = OpCases.Create(device, model, Batch, length, Precision, name);
        foreach (OpCase call in op.Cases)
        {
            cancellation.ThrowIfCancellationRequested();
            measured.Add(op.Measure(call, Repeats));
        }
    }
}
