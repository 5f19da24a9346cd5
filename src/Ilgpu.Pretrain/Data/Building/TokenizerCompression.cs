namespace Ilgpu.Pretrain.Data;

/// <summary>How a tokenizer writes a text.</summary>
/// <param name="Bytes">UTF-8 bytes of the text.</param>
/// <param name="Tokens">Ids it takes.</param>
/// <param name="Seconds">That encoding took on one thread, reading not counted.</param>
public sealed record TokenizerCompression(long Bytes, long Tokens, double Seconds)
{
    public double BytesPerToken => Tokens == 0 ? 0 : (double)Bytes / Tokens;

    public double MegabytesPerSecond => Seconds > 0 ? Bytes / 1e6 / Seconds : 0;
}
