using System.Runtime.CompilerServices;
using ILGPU.IR.Intrinsics;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Products of small bf16 matrices by a whole warp, with fp32 accumulation (PTX ISA 7.8, 'mma.sync' and 'ldmatrix').
/// With g = lane / 4 and t = lane % 4, a pair of neighbours in each register, the first in the low half:
/// <list type="bullet">
/// <item>A, 16 x 16: a0 row g, columns 2t and 2t + 1; a1 row g + 8; a2 row g, columns 2t + 8 and 2t + 9; a3 row g + 8, those columns.</item>
/// <item>B, 16 x 8: b0 rows 2t and 2t + 1 of column g; b1 rows 2t + 8 and 2t + 9.</item>
/// <item>C and D, 16 x 8, fp32: x and y row g, columns 2t and 2t + 1; z and w row g + 8.</item>
/// </list>
/// </summary>
internal static class WarpMatrices
{
    /// <summary>D = A B + C: <c>mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32</c>; 4096 FLOPs.</summary>
    [IntrinsicImplementation]
    public static Float4 MultiplyAdd(int a0, int a1, int a2, int a3, int b0, int b1, float cX, float cY, float cZ, float cW)
    {
        WarpOperands[] lanes = WarpPad.Exchange(new WarpOperands { A0 = a0, A1 = a1, A2 = a2, A3 = a3, B0 = b0, B1 = b1 });
        int g = WarpPad.Lane / 4;
        int t = WarpPad.Lane % 4;
        double x = cX, y = cY, z = cZ, w = cW;
        for (int q = 0; q < 4; q++)
        {
            ref WarpOperands a = ref lanes[(4 * g) + q];
            ref WarpOperands first = ref lanes[(8 * t) + q];
            ref WarpOperands second = ref lanes[(8 * t) + 4 + q];
            x += Dot(a.A0, first.B0) + Dot(a.A2, first.B1);
            y += Dot(a.A0, second.B0) + Dot(a.A2, second.B1);
            z += Dot(a.A1, first.B0) + Dot(a.A3, first.B1);
            w += Dot(a.A1, second.B0) + Dot(a.A3, second.B1);
        }

        return new Float4 { X = (float)x, Y = (float)y, Z = (float)z, W = (float)w };
    }

    /// <summary>
    /// Four 8 x 8 matrices of 16-bit elements from shared memory: lane l gives the 16-byte row l % 8 of matrix l / 8.
    /// Register i of lane l gets elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4 of matrix i:
    /// <c>ldmatrix.sync.aligned.m8n8.x4.shared.b16</c>.
    /// </summary>
    [IntrinsicImplementation]
    public static Bits128 Load(ref Bits128 row)
    {
        WarpOperands[] lanes = Deposit(ref row);
        int g = WarpPad.Lane / 4;
        int t = WarpPad.Lane % 4;
        return new Bits128
        {
            X = Part(lanes[g], t),
            Y = Part(lanes[8 + g], t),
            Z = Part(lanes[16 + g], t),
            W = Part(lanes[24 + g], t),
        };
    }

    /// <summary>
    /// As <see cref="Load"/>, each matrix transposed: register i of lane l gets elements l / 4 of rows 2 (l % 4) and
    /// 2 (l % 4) + 1 of matrix i: <c>ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16</c>.
    /// </summary>
    [IntrinsicImplementation]
    public static Bits128 LoadTransposed(ref Bits128 row)
    {
        WarpOperands[] lanes = Deposit(ref row);
        return new Bits128
        {
            X = Column(lanes, 0),
            Y = Column(lanes, 8),
            Z = Column(lanes, 16),
            W = Column(lanes, 24),
        };
    }

    /// <summary>As <see cref="Load"/>, of the row so many rows of 16 bytes after <paramref name="row"/>: a constant, which costs no instruction.</summary>
    [IntrinsicImplementation]
    public static Bits128 LoadAfter(ref Bits128 row, int offset) => Load(ref Unsafe.Add(ref row, offset));

    /// <summary>As <see cref="LoadTransposed"/>, of the row so many rows of 16 bytes after <paramref name="row"/>: a constant, which costs no instruction.</summary>
    [IntrinsicImplementation]
    public static Bits128 LoadTransposedAfter(ref Bits128 row, int offset) => LoadTransposed(ref Unsafe.Add(ref row, offset));

    /// <summary>A lane deposits its row, not the row's address, so that nothing is read after the meeting.</summary>
    private static WarpOperands[] Deposit(ref Bits128 row) =>
        WarpPad.Exchange(new WarpOperands { A0 = row.X, A1 = row.Y, A2 = row.Z, A3 = row.W });

    private static int Column(WarpOperands[] lanes, int matrix)
    {
        int column = WarpPad.Lane / 4;
        int row = matrix + (2 * (WarpPad.Lane % 4));
        return Half(lanes[row], column) | (Half(lanes[row + 1], column) << 16);
    }

    private static int Half(in WarpOperands row, int column) => (Part(row, column / 2) >> (16 * (column % 2))) & 0xffff;

    private static int Part(in WarpOperands row, int index) => index switch
    {
        0 => row.A0,
        1 => row.A1,
        2 => row.A2,
        _ => row.A3,
    };

    private static double Dot(int a, int b) =>
        ((double)BFloat16Pair.Low(a) * BFloat16Pair.Low(b)) + ((double)BFloat16Pair.High(a) * BFloat16Pair.High(b));
}
