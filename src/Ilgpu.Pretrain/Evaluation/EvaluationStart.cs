namespace Ilgpu.Pretrain.Evaluation;

/// <summary>Which texts stand behind the token that documents of the training data stood behind.</summary>
public enum EvaluationStart
{
    /// <summary>Every text: as a document of its own.</summary>
    Always,

    /// <summary>A text without context alone; the first token of any other is context.</summary>
    Empty,
}
