using System.Globalization;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Demo;

/// <summary>What came out of the demo, side by side.</summary>
internal static class DemoTable
{
    public static void Write(TextWriter words, IReadOnlyList<(DemoRecipe Recipe, RunResult Result)> rows)
    {
        words.WriteLine($"{"recipe",-12} {"lr",8} {"epochs",6} {"decay",6} {"training loss",13} {"validation loss",15} {"bits per byte",13} {"took",12}");
        foreach ((DemoRecipe recipe, RunResult result) in rows)
            words.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{recipe.Name,-12} {recipe.LearningRate,8:0.####} {recipe.Epochs,6} {recipe.WeightDecay,6:0.##} {result.TrainLoss,13:0.0000} {result.ValLoss,15:0.0000} {result.BitsPerByte,13:0.0000} {Units.Duration(TimeSpan.FromSeconds(result.Seconds)),12}"));
    }
}
