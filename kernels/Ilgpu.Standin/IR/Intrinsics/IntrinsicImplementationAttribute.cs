namespace ILGPU.IR.Intrinsics;

/// <summary>
/// Marks a method that a kernel calls as one that each backend implements in its own way: on the CPU accelerator, and so
/// here, by its .NET body.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = false)]
public sealed class IntrinsicImplementationAttribute : Attribute;
