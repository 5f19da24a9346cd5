namespace ILGPU;

/// <summary>Numbers under other types.</summary>
public static class Interop
{
    /// <summary>The bits of an fp32 number.</summary>
    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>The fp32 number with these bits.</summary>
    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);
}
