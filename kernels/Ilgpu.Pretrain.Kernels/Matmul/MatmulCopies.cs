using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The 16-byte chunks that a thread copies of an operand's tiles, up to four a tile.</summary>
internal struct MatmulCopies
{
    /// <summary>Chunk of global memory of the first copy of the first tile.</summary>
    public int Index;

    /// <summary>From one copy to the next, in chunks of global memory.</summary>
    public int Step;

    /// <summary>How far along K there is something to copy for the first copy; not more than 0 where the tile leaves the operand.</summary>
    public int Left0;

    public int Left1;
    public int Left2;
    public int Left3;

    /// <summary>Whether copy 0 to 3 of a tile has something to copy, where <paramref name="consumed"/> lies before the tile.</summary>
    public static bool Copies(MatmulCopies copies, int copy, int consumed) =>
        (copy == 0 ? copies.Left0 : copy == 1 ? copies.Left1 : copy == 2 ? copies.Left2 : copies.Left3) > consumed;

    /// <summary>Begins the copy of a chunk, or of zeros where the tile leaves the operand.</summary>
    public static void Begin(ref Bits128 target, ArrayView<Bits128> source, MatmulCopies copies, int copy, int offset, int consumed)
    {
        bool inside = Copies(copies, copy, consumed);
        AsyncCopy.Copy16(ref target, ref source[inside ? copies.Index + (copy * copies.Step) + offset : 0], inside ? 16 : 0);
    }

    /// <summary>Loads a chunk, or zeros where the tile leaves the operand.</summary>
    public static Bits128 Load(ArrayView<Bits128> source, MatmulCopies copies, int copy, int offset, int consumed) =>
        Copies(copies, copy, consumed) ? source[copies.Index + (copy * copies.Step) + offset] : default;
}
