namespace Ilgpu.Pretrain.Tokenization;

/// <summary>A rule: two neighbouring tokens become one.</summary>
/// <param name="Left">Id of the first.</param>
/// <param name="Right">Id of the second.</param>
/// <param name="Result">Id of the token of both's bytes.</param>
/// <param name="Rank">The lowest rank in a piece is merged first; among equal ones the leftmost.</param>
internal readonly record struct BytePairMerge(int Left, int Right, int Result, int Rank);
