using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What a group of <see cref="MatmulGpu"/> takes of an operand: eight of K at a time, edge rows of A or columns of B.</summary>
internal struct MatmulSlice
{
    /// <summary>First row of A, column of B.</summary>
    public int First;

    /// <summary>All rows of A, columns of B.</summary>
    public int Extent;

    /// <summary>Elements of a row in global memory.</summary>
    public int Leading;

    public int EndK;

    /// <summary>The four numbers that a thread brings of a slice; zeros where the slice leaves the operand.</summary>
    /// <param name="source">The operand.</param>
    /// <param name="slice">What is taken of it.</param>
    /// <param name="edge">Rows of A, columns of B.</param>
    /// <param name="part">0, or 1 for the second four.</param>
    /// <param name="k">Where the slice starts.</param>
    /// <param name="along">Rows in memory run along K.</param>
    /// <param name="wide">They start at multiples of 16 bytes.</param>
    public static Float4 Fetch(ArrayView<float> source, MatmulSlice slice, int edge, int part, int k, bool along, bool wide)
    {
        int at = Group.IdxX + (part * (edge * edge / 64));
        int row = along ? slice.First + (at / 2) : k + (at / (edge / 4));
        int column = along ? k + (4 * (at % 2)) : slice.First + (4 * (at % (edge / 4)));
        int left = along
            ? (row < slice.Extent ? slice.EndK - column : 0)
            : (row < slice.EndK ? slice.Extent - column : 0);
        long index = ((long)row * slice.Leading) + column;
        Float4 four = default;
        if (left <= 0)
            return four;
        if (wide)
            return Fp32Storage.Load4(source, index / 4);
        four.X = source[index];
        if (left > 1)
            four.Y = source[index + 1];
        if (left > 2)
            four.Z = source[index + 2];
        if (left > 3)
            four.W = source[index + 3];
        return four;
    }

    /// <summary>Puts them into shared memory, where each k has a row.</summary>
    public static void Put(ArrayView<Float4> shared, int start, int edge, int stride, int part, bool along, Float4 four)
    {
        int at = Group.IdxX + (part * (edge * edge / 64));
        if (!along)
        {
            shared[start + (at / (edge / 4) * stride) + (at % (edge / 4))] = four;
            return;
        }

        ArrayView<float> numbers = shared.Cast<float>();
        int target = (4 * (start + (4 * (at % 2) * stride))) + (at / 2);
        numbers[target] = four.X;
        numbers[target + (4 * stride)] = four.Y;
        numbers[target + (8 * stride)] = four.Z;
        numbers[target + (12 * stride)] = four.W;
    }
}
