namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Where a text that is no added token gets a space before it.</summary>
internal enum SpacePrefix
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>At the beginning, unless there is one.</summary>
    First,

    /// <summary>At the beginning and behind each added token, unless there is one.</summary>
    Always,

    /// <summary>At the beginning and behind each added token, whether there is one or not.</summary>
    Another,
}
