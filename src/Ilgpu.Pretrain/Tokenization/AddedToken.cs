namespace Ilgpu.Pretrain.Tokenization;

/// <summary>A token beside the ones that text is cut into.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written.</param>
/// <param name="Special">
/// Whether it stands for no text, as the end of a document: text that reads like it is not taken for it unless that is
/// asked for. The others are taken wherever they stand in a text.
/// </param>
public sealed record AddedToken(int Id, string Content, bool Special);
