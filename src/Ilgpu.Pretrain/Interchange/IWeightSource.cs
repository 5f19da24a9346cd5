using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Interchange;

/// <summary>A model's parameters in files, read in pieces as fp32 and in the half-split layout of rotary pairs.</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>Reads elements of a parameter, row-major.</summary>
    /// <param name="parameter">Of the model that the files are of.</param>
    /// <param name="first">The first element to read.</param>
    /// <param name="elements">Filled.</param>
    /// <exception cref="InputException">The file was cut short meanwhile.</exception>
    void Read(NamedParameter parameter, long first, Span<float> elements);
}
