namespace ILGPU.Algorithms;

/// <summary>Mathematics that kernels can use on every accelerator.</summary>
public static class XMath
{
    public static float Abs(float value) => MathF.Abs(value);

    public static float Cos(float value) => MathF.Cos(value);

    public static float Exp(float value) => MathF.Exp(value);

    public static float Log(float value) => MathF.Log(value);

    public static float Max(float first, float second) => Math.Max(first, second);

    public static int Max(int first, int second) => Math.Max(first, second);

    public static long Max(long first, long second) => Math.Max(first, second);

    public static float Min(float first, float second) => Math.Min(first, second);

    public static int Min(int first, int second) => Math.Min(first, second);

    public static long Min(long first, long second) => Math.Min(first, second);

    public static float Pow(float @base, float exp) => MathF.Pow(@base, exp);

    public static float Rsqrt(float value) => 1 / MathF.Sqrt(value);

    public static float Sin(float value) => MathF.Sin(value);

    public static float Sqrt(float value) => MathF.Sqrt(value);

    public static double Sqrt(double value) => Math.Sqrt(value);

    public static float Tanh(float value) => MathF.Tanh(value);
}
