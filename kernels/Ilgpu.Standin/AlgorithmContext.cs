namespace ILGPU;

/// <summary>Enables the algorithms library. Its part that kernels use (<see cref="Algorithms.XMath"/>) is always there in the stand-in.</summary>
public static class AlgorithmContext
{
    public static Context.Builder EnableAlgorithms(this Context.Builder builder) => builder;
}
