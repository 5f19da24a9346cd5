using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("model", HelpText = "What a model costs: shapes, parameters, FLOPs a token, bytes of memory by kind. Allocates nothing.")]
internal sealed class ModelVerb : ReportingVerb
{
    [Value(0, MetaName = "NAME", HelpText = "A preset or a JSON file. Without it, all presets are listed.")]
    public string? Name { get; set; }

    [Option("vocab", HelpText = "Vocabulary, instead of the model's own.")]
    public int? Vocabulary { get; set; }

    [Option("context", HelpText = "Tokens a window; default: the model's context.")]
    public int? Context { get; set; }

    [Option("batch", Default = 1, HelpText = "Windows a micro-batch, for the activations.")]
    public int Batch { get; set; }

    [Option("recompute", HelpText = "Plan for activation recomputation.")]
    public bool Recompute { get; set; }

    [Option("precision", Default = ComputePrecision.Fp32, HelpText = "Plan for branches in fp32 or bf16.")]
    public ComputePrecision Precision { get; set; }

    [Option("optimizer", Default = OptimizerKind.AdamW, HelpText = "Plan for adamw or muon.")]
    public OptimizerKind Optimizer { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        if (Name is null)
            return ListPresets();
        LlamaConfig config = LlamaConfigFile.PresetOrFile(Name);
        config = config with { Vocabulary = Vocabulary ?? config.Vocabulary, Context = Math.Max(config.Context, Context ?? 0) };
        config.Validate();
        int length = Context ?? config.Context;
        ModelPlan plan = ModelPlan.Of(config, new LlamaModelOptions(Batch, length) { Training = true, Recompute = Recompute, Precision = Precision }, Optimizer);
        if (Json)
            JsonOutput.Print(new
            {
                config,
                parameters = config.ParameterCount,
                parameters_without_embeddings = config.ParameterCountWithoutEmbeddings,
                forward_flops_per_token = config.ForwardFlopsPerToken(length),
                training_flops_per_token = config.TrainingFlopsPerToken(length),
                bytes = plan,
            });
        else
            Print(config, length, plan);
        return ExitCode.Done;
    }

    private int ListPresets()
    {
        if (Json)
        {
            JsonOutput.Print(new
            {
                presets = LlamaPresets.All.Select(preset => new { preset.Name, parameters = preset.ParameterCount, config = preset }),
            });
            return ExitCode.Done;
        }

        Words.WriteLine($"{"name",-10} {"hidden",6} {"mlp",6} {"layers",6} {"heads/kv",9} {"vocabulary",10} {"context",7} {"parameters",15} {"without embeddings",19}");
        foreach (LlamaConfig preset in LlamaPresets.All)
            Words.WriteLine($"{preset.Name,-10} {preset.Hidden,6} {preset.Mlp,6} {preset.Layers,6} {$"{preset.Heads}/{preset.KeyValueHeads}",9} {preset.Vocabulary,10} {preset.Context,7} {preset.ParameterCount,15:N0} {preset.ParameterCountWithoutEmbeddings,19:N0}");
        return ExitCode.Done;
    }

    private void Print(LlamaConfig config, int length, ModelPlan plan)
    {
        Words.WriteLine($"{config.Name}: {config.Layers} layers, hidden {config.Hidden}, mlp {config.Mlp}, {config.Heads} heads of {config.HeadSize}, "
            + $"{config.KeyValueHeads} key/value heads, vocabulary {config.Vocabulary}, context {config.Context}, "
            + (config.TiedEmbeddings ? "tied embeddings" : "untied embeddings"));
        Words.WriteLine();
        var layout = new ParameterLayout(config);
        foreach (NamedParameter parameter in layout.Named.Where(parameter => !parameter.Name.Contains("layers.", StringComparison.Ordinal) || parameter.Name.Contains("layers.0.", StringComparison.Ordinal)))
            Words.WriteLine($"  {parameter.Name.Replace("layers.0.", "layers.N.", StringComparison.Ordinal),-50} {string.Join(" x ", parameter.Shape)}");
        Words.WriteLine();
        Words.WriteLine($"  parameters                 {config.ParameterCount,18:N0}");
        Words.WriteLine($"  without embeddings         {config.ParameterCountWithoutEmbeddings,18:N0}");
        Words.WriteLine($"  FLOPs a token, forward     {config.ForwardFlopsPerToken(length),18:N0}  (windows of {length})");
        Words.WriteLine($"  FLOPs a token, training    {config.TrainingFlopsPerToken(length),18:N0}");
        Words.WriteLine();
        Words.WriteLine($"  memory for training with micro-batches of {Batch} x {length} tokens{(Optimizer == OptimizerKind.Muon ? ", Muon" : "")}{(Recompute ? ", activations recomputed" : "")}:");
        Words.WriteLine($"    parameters       {Units.Bytes(plan.Parameters),14}");
        if (plan.RoundedParameters > 0)
            Words.WriteLine($"    the same in bf16 {Units.Bytes(plan.RoundedParameters),14}");
        Words.WriteLine($"    gradients        {Units.Bytes(plan.Gradients),14}");
        Words.WriteLine($"    optimizer state  {Units.Bytes(plan.OptimizerState),14}");
        Words.WriteLine($"    activations      {Units.Bytes(plan.Activations),14}");
        Words.WriteLine($"    scratch          {Units.Bytes(plan.Scratch),14}");
        Words.WriteLine($"    in all           {Units.Bytes(plan.Total),14}");
    }
}
