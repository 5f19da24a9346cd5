namespace Ilgpu.Pretrain.Distillation;

/// <summary>How several teachers write a text together. With one teacher all mean the same.</summary>
public enum TeacherKind
{
    /// <summary>Each token is drawn from the mean of their logits.</summary>
    Logits,

    /// <summary>Each token is drawn from the mean of their probabilities.</summary>
    Probabilities,

    /// <summary>Each sequence is written by one of them, in turn.</summary>
    Mix,
}
