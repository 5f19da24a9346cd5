namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>RMSNorm in fp64, written from the formula.</summary>
internal static class RmsNormReference
{
    public static (double[] Output, double[] InverseRms) Forward(double[] x, double[] gain, int rows, double epsilon)
    {
        int columns = gain.Length;
        var output = new double[x.Length];
        var inverseRms = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            double[] xs = x[(row * columns)..((row + 1) * columns)];
            double r = 1 / Math.Sqrt((xs.Sum(value => value * value) / columns) + epsilon);
            inverseRms[row] = r;
            for (int column = 0; column < columns; column++)
                output[(row * columns) + column] = xs[column] * r * gain[column];
        }

        return (output, inverseRms);
    }

    public static (double[] InputGradient, double[] GainGradient) Backward(double[] dy, double[] x, double[] gain, int rows, double epsilon)
    {
        int columns = gain.Length;
        double[] inverseRms = Forward(x, gain, rows, epsilon).InverseRms;
        var inputGradient = new double[x.Length];
        var gainGradient = new double[columns];
        for (int row = 0; row < rows; row++)
        {
            double r = inverseRms[row];
            double dot = 0;
            for (int column = 0; column < columns; column++)
            {
                int i = (row * columns) + column;
                dot += gain[column] * dy[i] * x[i];
                gainGradient[column] += dy[i] * x[i] * r;
            }

            for (int column = 0; column < columns; column++)
            {
                int i = (row * columns) + column;
                inputGradient[i] = r * ((gain[column] * dy[i]) - (x[i] * r * r * dot / columns));
            }
        }

        return (inputGradient, gainGradient);
    }
}
