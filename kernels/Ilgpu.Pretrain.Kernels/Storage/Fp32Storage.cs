using ILGPU;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>fp32 as it is.</summary>
internal readonly struct Fp32Storage : IStorage<float>
{
    public static float ToSingle(float value) => value;

    public static float FromSingle(float value) => value;

    public static Float4 Load4(ArrayView<float> view, long index) => view.Cast<Float4>()[index];

    public static void Store4(ArrayView<float> view, long index, Float4 values) => view.Cast<Float4>()[index] = values;
}
