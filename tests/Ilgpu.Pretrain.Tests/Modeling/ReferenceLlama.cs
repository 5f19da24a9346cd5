using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

/// <summary>
/// The whole network in fp64, forward and backward, written from the formulas in plain loops: Hugging Face's parameter
/// names, all activations kept, attention as a full matrix of probabilities. Rows are tokens, row b * length + t.
/// </summary>
/// <param name="config">The shape.</param>
/// <param name="parameters">By name; matrices lie as outputs x inputs.</param>
internal sealed class ReferenceLlama(LlamaConfig config, IReadOnlyDictionary<string, double[]> parameters)
{
    private readonly int hidden = config.Hidden;

    private string HeadName => config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";

    /// <summary>Multipliers of the dropout sites (the embedding, then attention and MLP of each layer); null for none.</summary>
    public double[][]? DropoutMasks { get; init; }

    /// <summary>Weight of (log Z)^2 a token, in the gradients.</summary>
    public double ZLoss { get; init; }

    /// <summary>tokens x vocabulary.</summary>
    public double[] Logits(int[] inputs, int length) => Forward(inputs, length).Logits;

    public double[] Losses(int[] inputs, int[] targets, int length) =>
        Losses(Logits(inputs, length), targets);

    /// <summary>The losses, and the gradient of scale times their sum for each parameter.</summary>
    public (double[] Losses, Dictionary<string, double[]> Gradients) LossesAndGradients(int[] inputs, int[] targets, int length, double scale) =>
        LossesAndGradients(inputs, targets, length, logits => LogitsGradient(logits, targets, scale));

    /// <summary>The plain losses, and for each parameter the gradient of whatever has this gradient for the logits.</summary>
    public (double[] Losses, Dictionary<string, double[]> Gradients) LossesAndGradients(int[] inputs, int[] targets, int length, Func<double[], double[]> gradientOfLogits)
    {
        var gradients = parameters.ToDictionary(each => each.Key, each => new double[each.Value.Length]);
        Pass pass = Forward(inputs, length);
        double[] logitsGradient = gradientOfLogits(pass.Logits);
        double[] normedGradient = Linear.Backward(logitsGradient, pass.Normed, parameters[HeadName], hidden, gradients[HeadName]);
        double[] residual = Norm.Backward(normedGradient, pass.Output, parameters["model.norm.weight"], config.NormEpsilon, gradients["model.norm.weight"]);
        for (int layer = config.Layers - 1; layer >= 0; layer--)
            residual = BackwardLayer(layer, pass.Layers[layer], residual, length, gradients);
        residual = Drop(residual, 0);
        double[] embeddingGradient = gradients["model.embed_tokens.weight"];
        for (int token = 0; token < inputs.Length; token++)
        {
            for (int i = 0; i < hidden; i++)
                embeddingGradient[(inputs[token] * hidden) + i] += residual[(token * hidden) + i];
        }

        return (Losses(pass.Logits, targets), gradients);
    }

    private Pass Forward(int[] inputs, int length)
    {
        double[] embedding = parameters["model.embed_tokens.weight"];
        var x = new double[inputs.Length * hidden];
        for (int token = 0; token < inputs.Length; token++)
            Array.Copy(embedding, inputs[token] * hidden, x, token * hidden, hidden);
        x = Drop(x, 0);
        var layers = new LayerPass[config.Layers];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            layers[layer] = ForwardLayer(layer, x, length);
            x = layers[layer].Output;
        }

        double[] normed = Norm.Forward(x, parameters["model.norm.weight"], config.NormEpsilon);
        return new Pass(layers, x, normed, Linear.Forward(normed, parameters[HeadName], hidden));
    }

    private LayerPass ForwardLayer(int layer, double[] x, int length)
    {
        double[] Weight(string name) => parameters[$"model.layers.{layer}.{name}.weight"];
        double[] attentionNormed = Norm.Forward(x, Weight("input_layernorm"), config.NormEpsilon);
        double[] q = Rotary.Turn(Linear.Forward(attentionNormed, Weight("self_attn.q_proj"), hidden), config, config.Heads, length, 1);
        double[] k = Rotary.Turn(Linear.Forward(attentionNormed, Weight("self_attn.k_proj"), hidden), config, config.KeyValueHeads, length, 1);
        double[] v = Linear.Forward(attentionNormed, Weight("self_attn.v_proj"), hidden);
        (double[] attended, double[] probabilities) = ReferenceAttention.Forward(q, k, v, config, length);
        double[] middle = Add(x, Drop(Linear.Forward(attended, Weight("self_attn.o_proj"), hidden), 1 + (2 * layer)));
        double[] mlpNormed = Norm.Forward(middle, Weight("post_attention_layernorm"), config.NormEpsilon);
        double[] gate = Linear.Forward(mlpNormed, Weight("mlp.gate_proj"), hidden);
        double[] up = Linear.Forward(mlpNormed, Weight("mlp.up_proj"), hidden);
        double[] gated = [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)];
        double[] output = Add(middle, Drop(Linear.Forward(gated, Weight("mlp.down_proj"), config.Mlp), 2 + (2 * layer)));
        return new LayerPass(x, attentionNormed, q, k, v, attended, probabilities, middle, mlpNormed, gate, up, gated, output);
    }

    private double[] BackwardLayer(int layer, LayerPass pass, double[] outputGradient, int length, Dictionary<string, double[]> gradients)
    {
        string Name(string name) => $"model.layers.{layer}.{name}.weight";
        double[] Through(string name, double[] gradient, double[] input, int inputs) =>
            Linear.Backward(gradient, input, parameters[Name(name)], inputs, gradients[Name(name)]);
        double[] ThroughNorm(string name, double[] gradient, double[] input) =>
            Norm.Backward(gradient, input, parameters[Name(name)], config.NormEpsilon, gradients[Name(name)]);

        double[] gatedGradient = Through("mlp.down_proj", Drop(outputGradient, 2 + (2 * layer)), pass.Gated, config.Mlp);
        var gateGradient = new double[pass.Gate.Length];
        var upGradient = new double[pass.Up.Length];
        for (int i = 0; i < gateGradient.Length; i++)
        {
            double sigmoid = 1 / (1 + Math.Exp(-pass.Gate[i]));
            upGradient[i] = gatedGradient[i] * pass.Gate[i] * sigmoid;
            gateGradient[i] = gatedGradient[i] * pass.Up[i] * sigmoid * (1 + (pass.Gate[i] * (1 - sigmoid)));
        }

        double[] mlpNormedGradient = Add(
            Through("mlp.gate_proj", gateGradient, pass.MlpNormed, hidden),
            Through("mlp.up_proj", upGradient, pass.MlpNormed, hidden));
        double[] middleGradient = Add(outputGradient, ThroughNorm("post_attention_layernorm", mlpNormedGradient, pass.Middle));

        double[] attendedGradient = Through("self_attn.o_proj", Drop(middleGradient, 1 + (2 * layer)), pass.Attended, hidden);
        (double[] q, double[] k, double[] v) = ReferenceAttention.Backward(attendedGradient, pass.Q, pass.K, pass.V, pass.Probabilities, config, length);
        q = Rotary.Turn(q, config, config.Heads, length, -1);
        k = Rotary.Turn(k, config, config.KeyValueHeads, length, -1);
        double[] attentionNormedGradient = Add(
            Through("self_attn.q_proj", q, pass.AttentionNormed, hidden),
            Add(
                Through("self_attn.k_proj", k, pass.AttentionNormed, hidden),
                Through("self_attn.v_proj", v, pass.AttentionNormed, hidden)));
        return Add(middleGradient, ThroughNorm("input_layernorm", attentionNormedGradient, pass.Input));
    }

    private double[] Losses(double[] logits, int[] targets)
    {
        int vocabulary = config.Vocabulary;
        return [.. targets.Select((target, token) =>
        {
            if (target < 0)
                return 0;
            double[] row = logits[(token * vocabulary)..((token + 1) * vocabulary)];
            double largest = row.Max();
            return largest + Math.Log(row.Sum(logit => Math.Exp(logit - largest))) - row[target];
        })];
    }

    private double[] LogitsGradient(double[] logits, int[] targets, double scale)
    {
        int vocabulary = config.Vocabulary;
        var gradient = new double[logits.Length];
        for (int token = 0; token < targets.Length; token++)
        {
            if (targets[token] < 0)
                continue;
            double[] row = logits[(token * vocabulary)..((token + 1) * vocabulary)];
            double largest = row.Max();
            double sum = row.Sum(logit => Math.Exp(logit - largest));
            double pull = 1 + (2 * ZLoss * (largest + Math.Log(sum)));
            for (int i = 0; i < vocabulary; i++)
                gradient[(token * vocabulary) + i] = scale * ((Math.Exp(row[i] - largest) / sum * pull) - (i == targets[token] ? 1 : 0));
        }

        return gradient;
    }

    private double[] Drop(double[] values, int site) =>
        DropoutMasks is null ? values : [.. values.Zip(DropoutMasks[site], (value, multiplier) => value * multiplier)];

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private sealed record Pass(LayerPass[] Layers, double[] Output, double[] Normed, double[] Logits);

    private sealed record LayerPass(
        double[] Input,
        double[] AttentionNormed,
        double[] Q,
        double[] K,
        double[] V,
        double[] Attended,
        double[] Probabilities,
        double[] Middle,
        double[] MlpNormed,
        double[] Gate,
        double[] Up,
        double[] Gated,
        double[] Output);
}
