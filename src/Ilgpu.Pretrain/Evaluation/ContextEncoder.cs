using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// Texts as requests. Context and continuation are encoded together, since tokens may span where they meet; the continuation's
/// are those behind as many as the context has by itself, and white space at the context's end goes to the continuation (as in
/// lm-evaluation-harness). A continuation that melts into its context's last token is encoded by itself.
/// </summary>
/// <param name="tokenizer">Of the models.</param>
/// <param name="start">The token that documents stand behind, or null where there is none.</param>
/// <param name="rule">Which texts stand behind it.</param>
public sealed class ContextEncoder(Tokenizer tokenizer, int? start, EvaluationStart rule)
{
    private string lastContext = "";
    private int[] lastContextIds = [];

    /// <summary>Requests whose first token has nothing before it, and so is not scored.</summary>
    public int WithoutFirstToken { get; private set; }

    /// <param name="context">May be empty: then the continuation is a whole text.</param>
    /// <param name="continuation">What is scored.</param>
    /// <param name="name">Of the row, for messages.</param>
    /// <exception cref="InputException">The text cannot be written in the vocabulary, or nothing of it can be scored.</exception>
    public ContinuationRequest Encode(string context, string continuation, string name)
    {
        int end = context.AsSpan().TrimEnd().Length;
        int[] before = Context(context[..end], name);
        int[] whole = Ids(context + continuation, name);
        int[] after = whole.Length > before.Length ? whole[before.Length..] : Ids(context[end..] + continuation, name);
        int[] prefix = start is { } id && (rule == EvaluationStart.Always || before.Length == 0) ? [id] : [];
        int first = prefix.Length + before.Length;
        if (first == 0)
        {
            WithoutFirstToken++;
            first = 1;
        }

        int[] ids = [.. prefix, .. before, .. after];
        return ids.Length > first
            ? new ContinuationRequest(ids, first)
            : throw new InputException($"{name}: nothing of '{continuation}' can be scored: it has {after.Length} tokens, and there is none before it.");
    }

    private int[] Context(string context, string name)
    {
        if (context != lastContext)
        {
            lastContextIds = Ids(context, name);
            lastContext = context;
        }

        return lastContextIds;
    }

    private int[] Ids(string text, string name)
    {
        if (text.Length == 0)
            return [];
        try
        {
            return tokenizer.Encode(text);
        }
        catch (InputException e)
        {
            throw new InputException($"{name}: {e.Message}", e);
        }
    }
}
