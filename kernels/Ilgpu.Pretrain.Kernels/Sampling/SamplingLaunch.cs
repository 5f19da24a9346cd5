using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>What every row of a launch of <see cref="Sampling"/> shares.</summary>
internal struct SamplingLaunch
{
    /// <summary>The key of negative infinity: no number lies below.</summary>
    public const uint LowestKey = 0x007FFFFF;

    public int Vocabulary;
    public int Greedy;
    public float InverseTemperature;

    /// <summary>1 to the vocabulary.</summary>
    public int TopK;
    public float TopP;
    public uint Seed0;
    public uint Seed1;
    public uint FirstSequence;
    public uint Stride;
    public uint Position;

    /// <summary>The row's random number in [0, 1), a multiple of 2^-53.</summary>
    public readonly double Uniform(int row)
    {
        ThreefryWords words = Threefry.Words(FirstSequence + ((uint)row * Stride), Position, Seed0, Seed1);
        return (((words.First >> 5) * 67108864.0) + (words.Second >> 6)) * (1.0 / 9007199254740992.0);
    }

    /// <summary>Rises with the number, NaN excluded; negative zero's lies below zero's, and comparing them takes both for one.</summary>
    public static uint KeyOf(float number)
    {
        uint bits = Interop.FloatAsInt(number);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }

    public static float NumberOf(uint key) => Interop.IntAsFloat((key & 0x80000000) != 0 ? key & 0x7FFFFFFF : ~key);
}
