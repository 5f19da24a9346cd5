using System.Runtime.Intrinsics;

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
    public void Vectors_hold_the_words_of_sixteen_counters(uint counter0, uint counter1, uint key0, uint key1, uint first, uint second)
    {
        Vector512<uint> counters = Vector512.Create(counter0) + Vector512<uint>.Indices;
        (Vector512<uint> firsts, Vector512<uint> seconds) = Threefry.Words(counters, counter1, key0, key1);
        Assert.Equal((first, second), (firsts[0], seconds[0]));
        for (int lane = 0; lane < Vector512<uint>.Count; lane++)
            Assert.Equal(Threefry.Words(counters[lane], counter1, key0, key1), new ThreefryWords(firsts[lane], seconds[lane]));
    }
}
