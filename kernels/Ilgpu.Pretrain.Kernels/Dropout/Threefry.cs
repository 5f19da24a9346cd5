using System.Runtime.CompilerServices;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>
/// Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a
/// keyed bijection of 64-bit counters, so that any random word is had without those before it.
/// </summary>
internal static class Threefry
{
    /// <summary>C240, with which the third key word is made.</summary>
    private const uint Parity = 0x1BD11BDA;

    /// <summary>The two random words of a counter; unsigned integer arithmetic alone, for every accelerator.</summary>
    public static ThreefryWords Words(uint counter0, uint counter1, uint key0, uint key1)
    {
        uint key2 = Parity ^ key0 ^ key1;
        var words = new ThreefryWords(counter0 + key0, counter1 + key1);
        words = FourRounds(words, 13, 15, 26, 6).Plus(key1, key2 + 1);
        words = FourRounds(words, 17, 29, 16, 24).Plus(key2, key0 + 2);
        words = FourRounds(words, 13, 15, 26, 6).Plus(key0, key1 + 3);
        words = FourRounds(words, 17, 29, 16, 24).Plus(key1, key2 + 4);
        return FourRounds(words, 13, 15, 26, 6).Plus(key2, key0 + 5);
    }

    /// <summary>The words of sixteen counters that differ in the first word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TLanes First, TLanes Second) Words<TLanes>(TLanes counter0, uint counter1, uint key0, uint key1)
        where TLanes : unmanaged, IBits<TLanes>
    {
        uint key2 = Parity ^ key0 ^ key1;
        TLanes x0 = TLanes.AddBits(counter0, TLanes.CreateBits(key0));
        TLanes x1 = TLanes.CreateBits(counter1 + key1);
        FourRounds(ref x0, ref x1, 13, 15, 26, 6);
        Add(ref x0, ref x1, key1, key2 + 1);
        FourRounds(ref x0, ref x1, 17, 29, 16, 24);
        Add(ref x0, ref x1, key2, key0 + 2);
        FourRounds(ref x0, ref x1, 13, 15, 26, 6);
        Add(ref x0, ref x1, key0, key1 + 3);
        FourRounds(ref x0, ref x1, 17, 29, 16, 24);
        Add(ref x0, ref x1, key1, key2 + 4);
        FourRounds(ref x0, ref x1, 13, 15, 26, 6);
        Add(ref x0, ref x1, key2, key0 + 5);
        return (x0, x1);
    }

    private static ThreefryWords FourRounds(ThreefryWords words, int rotation0, int rotation1, int rotation2, int rotation3) =>
        words.Round(rotation0).Round(rotation1).Round(rotation2).Round(rotation3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRounds<TLanes>(ref TLanes x0, ref TLanes x1, int rotation0, int rotation1, int rotation2, int rotation3)
        where TLanes : unmanaged, IBits<TLanes>
    {
        Round(ref x0, ref x1, rotation0);
        Round(ref x0, ref x1, rotation1);
        Round(ref x0, ref x1, rotation2);
        Round(ref x0, ref x1, rotation3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<TLanes>(ref TLanes x0, ref TLanes x1, int rotation)
        where TLanes : unmanaged, IBits<TLanes>
    {
        x0 = TLanes.AddBits(x0, x1);
        x1 = TLanes.XorBits(TLanes.RotateBits(x1, rotation), x0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TLanes>(ref TLanes x0, ref TLanes x1, uint first, uint second)
        where TLanes : unmanaged, IBits<TLanes>
    {
        x0 = TLanes.AddBits(x0, TLanes.CreateBits(first));
        x1 = TLanes.AddBits(x1, TLanes.CreateBits(second));
    }
}

/// <summary>The state between two rounds, and in the end the two random words.</summary>
internal readonly record struct ThreefryWords(uint First, uint Second)
{
    public ThreefryWords Round(int rotation)
    {
        uint first = First + Second;
        return new ThreefryWords(first, ((Second << rotation) | (Second >> (32 - rotation))) ^ first);
    }

    public ThreefryWords Plus(uint first, uint second) => new(First + first, Second + second);
}
