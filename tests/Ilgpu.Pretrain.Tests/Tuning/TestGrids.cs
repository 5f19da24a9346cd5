using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Tuning;

/// <summary>Grids whose values are their places: 1, 2, 3, ...</summary>
internal static class TestGrids
{
    public static TuningGrid Of(int learningRates, int epochs, int weightDecays) => new()
    {
        LearningRates = Values(learningRates),
        Epochs = [.. Enumerable.Range(1, epochs)],
        WeightDecays = Values(weightDecays),
    };

    public static IEnumerable<TuningPoint> Points(TuningGrid grid) =>
        from learningRate in grid.LearningRates
        from epochs in grid.Epochs
        from weightDecay in grid.WeightDecays
        select new TuningPoint(learningRate, epochs, weightDecay);

    public static IEnumerable<TuningPoint> Neighbors(TuningGrid grid, TuningPoint point) =>
        Points(grid).Where(other =>
            Math.Abs(other.LearningRate - point.LearningRate) + Math.Abs(other.Epochs - point.Epochs) + Math.Abs(other.WeightDecay - point.WeightDecay) == 1);

    private static double[] Values(int count) => [.. Enumerable.Range(1, count).Select(value => (double)value)];
}
