namespace ILGPU.Algorithms;

/// <summary>Mathematics that kernels can use on every accelerator; ILGPU's CPU accelerator computes it by these methods too.</summary>
public static class XMath
{
    public static float Exp(float value) => MathF.Exp(value);

    public static float Log(float value) => MathF.Log(value);

    public static float Max(float first, float second) => Math.Max(first, second);

    public static float Min(float first, float second) => Math.Min(first, second);

    public static int Min(int first, int second) => Math.Min(first, second);

    public static float Sqrt(float value) => MathF.Sqrt(value);

    public static double Sqrt(double value) => Math.Sqrt(value);
}
