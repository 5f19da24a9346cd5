namespace ILGPU;

/// <summary>Changes of memory that no other thread sees half done; each returns what was there before.</summary>
public static class Atomic
{
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;

    public static int Exchange(ref int target, int value) => Interlocked.Exchange(ref target, value);
}
