namespace Ilgpu.Pretrain.Evaluation;

/// <summary>A task's scores by every variant of the models, and its rows' outcomes under all members together.</summary>
/// <param name="Variants">The models, alone and together.</param>
/// <param name="Scores">One a variant.</param>
/// <param name="Outcomes">One a row.</param>
/// <param name="Tokens">Tokens that were scored, or written by all variants.</param>
/// <param name="ComputedTokens">Tokens that went through each model; where answers were written, through any.</param>
/// <param name="SeenTokens">Tokens that would have, had no beginning been shared.</param>
/// <param name="Cut">Texts that did not fit into a window and lost their beginning.</param>
/// <param name="WithoutFirstToken">Texts whose first token has nothing before it and was not scored.</param>
public sealed record TaskEvaluation(
    ScoreVariants Variants,
    IReadOnlyList<TaskScores> Scores,
    IReadOnlyList<ItemOutcome> Outcomes,
    long Tokens,
    long ComputedTokens,
    long SeenTokens,
    int Cut,
    int WithoutFirstToken);
