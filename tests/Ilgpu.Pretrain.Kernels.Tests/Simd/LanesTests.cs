namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>Sixteen fp32 and eight fp64 lanes mean the same in one, two or four registers.</summary>
public sealed unsafe class LanesTests
{
    private static readonly float[] X = new Inputs(11).Uniform(16, -8, 8);
    private static readonly float[] Y = [.. new Inputs(12).Uniform(15, -8, 8), X[15]];
    private static readonly float[] Z = new Inputs(13).Uniform(16, -8, 8);

    /// <summary>Both halves of the unsigned range, so that a signed comparison would be seen, and two equal ones.</summary>
    private static readonly uint[] Words = [.. Enumerable.Range(1, 16).Select(i => (uint)i * 0x9E3779B1u)];
    private static readonly uint[] OtherWords = [.. Enumerable.Range(1, 16).Select(i => i is 3 or 12 ? (uint)i * 0x9E3779B1u : (uint)i * 0x85EBCA77u)];

    [Fact]
    public void Floats_give_the_same_bits_in_registers_of_all_widths()
    {
        float[] one = Floats<Floats512>();
        Assert.Equal(one, Floats<Floats256>());
        Assert.Equal(one, Floats<Floats128>());
    }

    [Fact]
    public void Floats_are_computed_lane_by_lane()
    {
        float[] results = Floats<Floats256>();
        for (int lane = 0; lane < 16; lane++)
        {
            float x = X[lane];
            float y = Y[lane];
            float z = Z[lane];
            float[] expected =
            [
                x + y, x - y, x * y, x / y, x * 3, MathF.FusedMultiplyAdd(x, y, z), MathF.Max(x, y), MathF.Min(x, y),
                x < y ? z : x, x == y ? z : x, x >= y ? z : x, lane, 7, 0, x * MathF.Pow(2, lane - 8),
            ];
            Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(row => results[(row * 16) + lane]));
        }
    }

    [Fact]
    public void Sums_and_extremes_of_floats_are_those_of_the_lanes()
    {
        double sum = X.Sum(x => (double)x);
        fixed (float* x = X)
        fixed (float* y = Y)
        {
            foreach ((float rounded, double exact, float largest, float first) in (ReadOnlySpan<(float, double, float, float)>)[Over<Floats512>(x), Over<Floats256>(x), Over<Floats128>(x)])
            {
                // 15 roundings of partial sums that are below 128, each by at most 2^-24 of it.
                Assert.Equal(sum, rounded, 15 * 128 * Math.Pow(2, -24));
                Assert.Equal(sum, exact, 1e-13);
                Assert.Equal(X.Max(), largest);
                Assert.Equal(X[0], first);
            }

            Assert.True(Floats256.AllEqual(Floats256.Load(x), Floats256.Load(x)) && Floats128.AllEqual(Floats128.Load(x), Floats128.Load(x)));
            Assert.False(Floats256.AllEqual(Floats256.Load(x), Floats256.Load(y)) || Floats128.AllEqual(Floats128.Load(x), Floats128.Load(y)));
        }
    }

    [Fact]
    public void Doubles_give_the_same_bits_in_registers_of_all_widths_and_are_computed_lane_by_lane()
    {
        (float[] one, double sum) = Doubles<Doubles512>();
        Assert.All([Doubles<Doubles256>(), Doubles<Doubles128>()], other =>
        {
            Assert.Equal(one, other.Results);
            Assert.Equal(sum, other.Sum);
        });
        Assert.Equal(X.Take(8).Sum(x => (double)x), sum, 1e-13);
        for (int lane = 0; lane < 8; lane++)
        {
            double x = X[lane];
            double y = Y[lane];
            float[] expected = [(float)(x + y), (float)(x - y), (float)(x * y), (float)(x / y), (float)Math.Sqrt(x * x), .1f];
            Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(row => one[(row * 8) + lane]));
        }
    }

    [Fact]
    public void Bits_of_floats_are_the_same_in_registers_of_all_widths_and_computed_lane_by_lane()
    {
        uint[] one = Bits<Floats512>();
        Assert.Equal(one, Bits<Floats256>());
        Assert.Equal(one, Bits<Floats128>());
        for (int lane = 0; lane < 16; lane++)
        {
            uint x = Words[lane];
            uint y = OtherWords[lane];
            uint[] expected =
            [
                (uint)lane, 0x7FA00001, x + y, x & y, x ^ y, uint.RotateLeft(x, 13), x >= y ? BitConverter.SingleToUInt32Bits(1.5f) : 0,
                (0x9A6Fu >> lane & 1) != 0 ? x : 0,
            ];
            Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(row => one[(row * 16) + lane]));
        }
    }

    /// <summary>Zeros of both signs are equal as floats and not as integers, a NaN with itself the other way round.</summary>
    [Fact]
    public void Lanes_that_are_equal_set_their_bits_in_registers_of_all_widths()
    {
        float[] left = [0, 1, float.NaN, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        float[] right = [-0f, 1, float.NaN, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14, 15];
        const uint Common = 0b1101_0101_0101_0010;
        Assert.All([Equal<Floats512>(left, right), Equal<Floats256>(left, right), Equal<Floats128>(left, right)], equal =>
        {
            Assert.Equal(Common | 1u, equal.Lanes);
            Assert.Equal(Common | 4u, equal.Bits);
        });
    }

    private static (uint Lanes, uint Bits) Equal<TFloats>(float[] left, float[] right)
        where TFloats : unmanaged, IFloats<TFloats>
    {
        fixed (float* x = left)
        fixed (float* y = right)
            return (TFloats.EqualLanes(TFloats.Load(x), TFloats.Load(y)), TFloats.EqualBits(TFloats.Load(x), TFloats.Load(y)));
    }

    private static uint[] Bits<TFloats>()
        where TFloats : unmanaged, IFloats<TFloats>
    {
        fixed (uint* px = Words)
        fixed (uint* py = OtherWords)
        {
            TFloats x = TFloats.LoadBits((int*)px);
            TFloats y = TFloats.LoadBits((int*)py);
            TFloats[] results =
            [
                TFloats.IndexBits, TFloats.CreateBits(0x7FA00001), TFloats.AddBits(x, y), TFloats.AndBits(x, y), TFloats.XorBits(x, y), TFloats.RotateBits(x, 13),
                TFloats.KeepWhereBitsAtLeast(x, y, TFloats.Create(1.5f)), TFloats.KeepWhereSet(0x9A6F, x),
            ];
            var bits = new uint[results.Length * 16];
            fixed (uint* target = bits)
            {
                for (int row = 0; row < results.Length; row++)
                    TFloats.Store(results[row], (float*)target + (row * 16));
            }

            return bits;
        }
    }

    private static (float Sum, double Exact, float Largest, float First) Over<TFloats>(float* x)
        where TFloats : unmanaged, IFloats<TFloats>
    {
        TFloats lanes = TFloats.Load(x);
        return (TFloats.Sum(lanes), TFloats.SumInDouble(lanes), TFloats.Largest(lanes), TFloats.First(lanes));
    }

    private static float[] Floats<TFloats>()
        where TFloats : unmanaged, IFloats<TFloats>
    {
        fixed (float* px = X)
        fixed (float* py = Y)
        fixed (float* pz = Z)
        {
            TFloats x = TFloats.Load(px);
            TFloats y = TFloats.Load(py);
            TFloats z = TFloats.Load(pz);
            TFloats shifted = TFloats.Create(12582912f) + (TFloats.Indices - TFloats.Create(8));
            TFloats[] results =
            [
                x + y, x - y, x * y, x / y, x * 3, TFloats.MultiplyAdd(x, y, z), TFloats.Max(x, y), TFloats.Min(x, y),
                TFloats.WhereLess(x, y, z, x), TFloats.WhereEqual(x, y, z, x), TFloats.WhereAtLeast(x, y, z, x), TFloats.Indices, TFloats.Create(7), TFloats.Zero,
                TFloats.ScaleByPowerOfTwo(x, shifted),
            ];
            var bits = new float[results.Length * 16];
            fixed (float* target = bits)
            {
                for (int row = 0; row < results.Length; row++)
                    TFloats.Store(results[row], target + (row * 16));
            }

            return bits;
        }
    }

    private static (float[] Results, double Sum) Doubles<TDoubles>()
        where TDoubles : unmanaged, IDoubles<TDoubles>
    {
        fixed (float* px = X)
        fixed (float* py = Y)
        {
            TDoubles x = TDoubles.Load(px);
            TDoubles y = TDoubles.Load(py);
            TDoubles[] results = [x + y, x - y, x * y, x / y, TDoubles.Sqrt(x * x), TDoubles.Create(.1)];
            var bits = new float[results.Length * 8];
            fixed (float* target = bits)
            {
                for (int row = 0; row < results.Length; row++)
                    TDoubles.Store(results[row], target + (row * 8));
            }

            Assert.Equal((double)X[0], TDoubles.First(x));
            return (bits, TDoubles.Sum(x));
        }
    }
}
