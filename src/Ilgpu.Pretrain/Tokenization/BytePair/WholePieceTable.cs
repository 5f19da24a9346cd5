using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Ids of pieces of up to 16 bytes that are one token: a hash table with open addressing.</summary>
internal sealed class WholePieceTable
{
    public const int LongestPiece = 2 * sizeof(ulong);

    private const int SlotsPerPiece = 2;
    private const ulong Scatter = 0x9E3779B97F4A7C15;
    private const ulong ScatterHigh = 0xC2B2AE3D27D4EB4F;

    private readonly Slot[] slots;
    private readonly int shift;

    /// <param name="pieces">Of 1 to <see cref="LongestPiece"/> bytes, none twice.</param>
    public WholePieceTable(IReadOnlyCollection<(byte[] Bytes, int Id)> pieces)
    {
        uint size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, pieces.Count) * SlotsPerPiece);
        slots = new Slot[size];
        shift = 64 - BitOperations.Log2(size);
        foreach ((byte[] bytes, int id) in pieces)
        {
            (ulong low, ulong high) = Load(bytes, 0, bytes.Length);
            int at = Start(low, high);
            while (slots[at].Length != 0)
                at = (at + 1) & (slots.Length - 1);
            slots[at] = new Slot(low, high, id, bytes.Length);
        }
    }

    /// <summary>The id of text[start, end), which is not empty; -1 where it is longer than a piece can be, or no single token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ReadOnlySpan<byte> text, int start, int end)
    {
        int length = end - start;
        if (length > LongestPiece)
            return -1;
        (ulong low, ulong high) = Load(text, start, length);
        Slot[] all = slots;
        int at = Start(low, high);
        while (true)
        {
            ref Slot slot = ref all[at & (all.Length - 1)];
            if (slot.Low == low && slot.High == high && slot.Length == length)
                return slot.Id;
            if (slot.Length == 0)
                return -1;
            at++;
        }
    }

    /// <summary>The bytes as two numbers, 0 where there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong Low, ulong High) Load(ReadOnlySpan<byte> text, int start, int length)
    {
        if (text.Length - start < LongestPiece)
            return LoadAtEnd(text.Slice(start, length));
        ref byte first = ref Unsafe.Add(ref MemoryMarshal.GetReference(text), start);
        ulong low = Unsafe.ReadUnaligned<ulong>(ref first);
        if (length <= sizeof(ulong))
            return (low & Mask(length), 0);
        return (low, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, sizeof(ulong))) & Mask(length - sizeof(ulong)));
    }

    private static (ulong Low, ulong High) LoadAtEnd(ReadOnlySpan<byte> piece)
    {
        Span<ulong> words = stackalloc ulong[2];
        words.Clear();
        piece.CopyTo(MemoryMarshal.AsBytes(words));
        return (words[0], words[1]);
    }

    private static ulong Mask(int bytes) => ulong.MaxValue >> (64 - (8 * bytes));

    private int Start(ulong low, ulong high) => (int)(((low * Scatter) ^ (BitOperations.RotateLeft(high, 29) * ScatterHigh)) * Scatter >> shift);

    private record struct Slot(ulong Low, ulong High, int Id, int Length);
}
