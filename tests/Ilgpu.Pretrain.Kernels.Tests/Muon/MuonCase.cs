namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Matrices of a group with gaps between them, and slabs that they lie in.</summary>
internal sealed class MuonCase
{
    private const int Gap = 4;

    /// <summary>Wide, tall, square, one row, one column, one element, two of order 2, longer than a block of sums.</summary>
    public static MuonCase Usual { get; } = new([(24, 40), (40, 24), (32, 32), (1, 37), (19, 1), (1, 1), (2, 5), (2, 2), (40, 440)]);

    public static MuonCase Few { get; } = new([(16, 24), (24, 16), (1, 9), (8, 8)]);

    /// <param name="shapes">Rows and columns, in the order in which they lie.</param>
    /// <param name="first">Where the first one starts.</param>
    public MuonCase(IReadOnlyList<(int Rows, int Columns)> shapes, int first = 64)
    {
        List<MuonMatrix> matrices = [];
        long offset = first;
        foreach ((int rows, int columns) in shapes)
        {
            matrices.Add(new MuonMatrix(offset, rows, columns));
            offset = matrices[^1].End + Gap;
        }

        Matrices = matrices;
        Length = (int)offset;
    }

    public IReadOnlyList<MuonMatrix> Matrices { get; }

    /// <summary>Of the slabs.</summary>
    public int Length { get; }

    /// <summary>The matrices as one group.</summary>
    public (MuonPlan Plan, MuonGroup Group) On(Device device)
    {
        var plan = new MuonPlan(Matrices, long.MaxValue);
        return (plan, new MuonGroup(device, plan, plan.Groups[0]));
    }

    public bool IsGap(int index) => !Matrices.Any(matrix => index >= matrix.Offset && index < matrix.End);

    /// <summary>Values in the matrices, NaN around them.</summary>
    public float[] Slab(float[] values) => [.. values.Select((value, i) => IsGap(i) ? float.NaN : value)];

    public static float[] Of(MuonMatrix matrix, float[] slab, long start = 0) =>
        slab[(int)(matrix.Offset - start)..(int)(matrix.End - start)];
}
