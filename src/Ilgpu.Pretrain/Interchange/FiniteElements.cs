using System.Numerics;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>Whether elements are finite: at the speed of reading them.</summary>
internal static class FiniteElements
{
    public static bool All(ReadOnlySpan<float> elements)
    {
        // x - x is 0 for finite x and NaN otherwise, so one sum answers for all.
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(elements);
        Vector<float> sums = Vector<float>.Zero;
        foreach (Vector<float> x in vectors)
            sums += x - x;
        float differences = Vector.Sum(sums);
        foreach (float x in elements[(vectors.Length * Vector<float>.Count)..])
            differences += x - x;
        return differences == 0;
    }
}
