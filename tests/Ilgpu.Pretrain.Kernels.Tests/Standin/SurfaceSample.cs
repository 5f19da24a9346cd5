namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>A type, a part of it, and one that differs from it in every way that <see cref="PublicSurface"/> tells apart.</summary>
public static class SurfaceSample
{
#pragma warning disable CA1000, CA1024, CA1033, CA1034, CA1051, CA1725 // The types' forms are what is compared.
    public class Original
    {
        public const int Constant = 1;

        protected int Property { get; set; }

        public int OtherResult() => 0;

        public void OtherParameter(int value) => Property = value;

        public void OtherParameterName(int value) => Property = value;

        public void ByReference(int value) => Property = value;

        public void OtherDefault(int value = 1) => Property = value;

        public void MadeStatic() => Property = 0;

        public void OtherConstraint<T>()
            where T : struct => Property = 0;
    }

    public class Part
    {
        public void OtherParameter(int value) => _ = value;
    }

    public abstract class Altered : ICloneable
    {
        public const int Constant = 2;

        public int Property { get; set; }

        public static void MadeStatic()
        {
        }

        public object Clone() => this;

        public long OtherResult() => 0;

        public void OtherParameter(long value) => Property = (int)value;

        public void OtherParameterName(int renamed) => Property = renamed;

        public void ByReference(ref int value) => value = Property;

        public void OtherDefault(int value = 2) => Property = value;

        public void OtherConstraint<T>()
            where T : unmanaged => Property = 0;

        public void Added() => Property = 0;
    }
#pragma warning restore CA1000, CA1024, CA1033, CA1034, CA1051, CA1725
}
