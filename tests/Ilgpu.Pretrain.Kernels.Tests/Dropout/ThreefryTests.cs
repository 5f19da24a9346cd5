namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>The known answers for Threefry-2x32-20 that come with Random123, its authors' library.</summary>
public sealed class ThreefryTests
{
    /// <summary>counter, key, answer: two words each.</summary>
    public static TheoryData<uint, uint, uint, uint, uint, uint> KnownAnswers => new()
    {
        { 0, 0, 0, 0, 0x6b200159, 0x99ba4efe },
        { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7 },
        { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0 },
    };

    [Theory]
    [MemberData(nameof(KnownAnswers))]
    public void Words_are_the_known_answers(uint counter0, uint counter1, uint key0, uint key1, uint first, uint second) =>
        Assert.Equal(new ThreefryWords(first, second), Threefry.Words(counter0, counter1, key0, key1));

    [Theory]
    [MemberData(nameof(KnownAnswers))]
    public void Lanes_of_all_widths_hold_the_words_of_sixteen_counters(uint counter0, uint counter1, uint key0, uint key1, uint first, uint second)
    {
        Assert.All([Lanes<Floats512>(counter0, counter1, key0, key1), Lanes<Floats256>(counter0, counter1, key0, key1), Lanes<Floats128>(counter0, counter1, key0, key1)], words =>
        {
            Assert.Equal(new ThreefryWords(first, second), words[0]);
            Assert.Equal(Enumerable.Range(0, 16).Select(lane => Threefry.Words(counter0 + (uint)lane, counter1, key0, key1)), words);
        });
    }

    private static unsafe ThreefryWords[] Lanes<TFloats>(uint counter0, uint counter1, uint key0, uint key1)
        where TFloats : unmanaged, IFloats<TFloats>
    {
        TFloats counters = TFloats.AddBits(TFloats.IndexBits, TFloats.CreateBits(counter0));
        (TFloats firsts, TFloats seconds) = Threefry.Words(counters, counter1, key0, key1);
        uint* words = stackalloc uint[32];
        TFloats.Store(firsts, (float*)words);
        TFloats.Store(seconds, (float*)(words + 16));
        var pairs = new ThreefryWords[16];
        for (int lane = 0; lane < pairs.Length; lane++)
            pairs[lane] = new ThreefryWords(words[lane], words[16 + lane]);
        return pairs;
    }
}
