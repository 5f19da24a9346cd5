namespace Ilgpu.Pretrain.Interchange;

/// <summary>Formats that models come in.</summary>
public enum ModelFormat
{
    /// <summary>A folder with config.json, safetensors and tokenizer.json.</summary>
    HuggingFace,

    /// <summary>llama2.c's .bin file and the tokenizer's beside it.</summary>
    Llama2c,
}
