namespace Ilgpu.Pretrain.Distillation;

/// <summary>What synthetic.json says beside a corpus' dataset.json: what it was made of, and how fast.</summary>
/// <param name="Id">The recipe's.</param>
/// <param name="Recipe">What decides it.</param>
/// <param name="Seconds">Spent on sampling, over all processes.</param>
public sealed record SyntheticSource(string Id, SyntheticRecipe Recipe, double Seconds)
{
    public double TokensPerSecond => Seconds > 0 ? Recipe.Sequences * Recipe.Length / Seconds : 0;
}
