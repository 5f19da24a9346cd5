using System.Runtime.InteropServices;

namespace ILGPU.Runtime.CPU;

/// <summary>Native memory of this process.</summary>
internal sealed unsafe class CPUMemoryBuffer : MemoryBuffer
{
    private readonly Accelerator owner;

    public CPUMemoryBuffer(Accelerator owner, long length, int elementSize)
        : base(length, elementSize)
    {
        this.owner = owner;
        NativePtr = (nint)NativeMemory.Alloc((nuint)length, (nuint)elementSize);
    }

    public override void Dispose()
    {
        owner.Forget(this);
        NativeMemory.Free((void*)NativePtr);
        NativePtr = 0;
    }
}
