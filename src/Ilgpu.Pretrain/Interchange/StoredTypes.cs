using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>Names, sizes and conversions of <see cref="StoredType"/>.</summary>
internal static class StoredTypes
{
    /// <summary>What can be read, as safetensors files write it.</summary>
    public const string Names = "F32, BF16 or F16";

    /// <summary>Half a step above fp16's largest number, 65504: from here on rounding gives infinity.</summary>
    private const float OverflowOfFp16 = 65520;

    public static int Bytes(this StoredType type) => type == StoredType.Fp32 ? sizeof(float) : sizeof(ushort);

    /// <summary>As safetensors files write it.</summary>
    public static string SafetensorsName(this StoredType type) => type switch
    {
        StoredType.Fp32 => "F32",
        StoredType.Bf16 => "BF16",
        _ => "F16",
    };

    /// <summary>As Hugging Face's config.json writes it.</summary>
    public static string TorchName(this StoredType type) => type switch
    {
        StoredType.Fp32 => "float32",
        StoredType.Bf16 => "bfloat16",
        _ => "float16",
    };

    /// <summary>The type of that name in a safetensors file, or null.</summary>
    public static StoredType? Find(string safetensorsName) => safetensorsName switch
    {
        "F32" => StoredType.Fp32,
        "BF16" => StoredType.Bf16,
        "F16" => StoredType.Fp16,
        _ => null,
    };

    /// <summary>The part of a span of fp32 that as many stored elements are read into, for <see cref="WidenInPlace"/>: its end.</summary>
    public static Span<byte> StoredPart(this StoredType type, Span<float> elements)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(elements);
        return bytes[(bytes.Length - (elements.Length * type.Bytes()))..];
    }

    /// <summary>Makes fp32 of the stored elements in <see cref="StoredPart"/>. Exact.</summary>
    public static void WidenInPlace(this StoredType type, Span<float> elements)
    {
        // Front to back, an element is read before its place is written to.
        ReadOnlySpan<byte> stored = type.StoredPart(elements);
        switch (type)
        {
            case StoredType.Bf16:
                ReadOnlySpan<BFloat16> brains = MemoryMarshal.Cast<byte, BFloat16>(stored);
                for (int i = 0; i < elements.Length; i++)
                    elements[i] = brains[i].ToSingle();
                break;
            case StoredType.Fp16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(stored);
                for (int i = 0; i < elements.Length; i++)
                    elements[i] = (float)halves[i];
                break;
            default:
                break;
        }
    }

    /// <summary>Rounds to the nearest, ties to even.</summary>
    /// <param name="type">Not fp32, which is stored as it is.</param>
    /// <param name="elements">What is stored.</param>
    /// <param name="stored">As many times <see cref="Bytes"/>.</param>
    public static void Narrow(this StoredType type, ReadOnlySpan<float> elements, Span<byte> stored)
    {
        if (type == StoredType.Bf16)
        {
            Span<BFloat16> brains = MemoryMarshal.Cast<byte, BFloat16>(stored);
            for (int i = 0; i < elements.Length; i++)
                brains[i] = BFloat16.FromSingle(elements[i]);
            return;
        }

        Span<Half> halves = MemoryMarshal.Cast<byte, Half>(stored);
        for (int i = 0; i < elements.Length; i++)
            halves[i] = (Half)elements[i];
    }

    /// <summary>The first element that is finite and would not be so any more, or null. bf16 has fp32's range but for its last half step.</summary>
    public static float? FindOverflow(this StoredType type, ReadOnlySpan<float> elements)
    {
        if (type == StoredType.Fp32)
            return null;
        foreach (float element in elements)
        {
            bool overflows = type == StoredType.Fp16
                ? MathF.Abs(element) >= OverflowOfFp16
                : float.IsInfinity(BFloat16.FromSingle(element).ToSingle());
            if (overflows)
                return element;
        }

        return null;
    }
}
