namespace Ilgpu.Pretrain.Evaluation;

/// <summary>How a task's rows are told right from wrong.</summary>
public enum TaskMeasure
{
    /// <summary>The likeliest option is the right one; of equally likely ones the first, as in lm-evaluation-harness.</summary>
    Choice,

    /// <summary>As <see cref="Choice"/>, of options that differ in their contexts: there is no continuation to divide by the length of.</summary>
    ContextChoice,

    /// <summary>The right one of two whole texts is likelier; as likely is wrong.</summary>
    Pair,

    /// <summary>Every token of the continuation is the likeliest.</summary>
    LastWord,

    /// <summary>The answer that is written has the right number at its end.</summary>
    Answer,
}
