using System.Buffers;
using System.Text;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>Text to token ids and back. Implementations are immutable: one instance serves many threads.</summary>
public abstract class Tokenizer
{
    /// <summary>What ends a document by the names that published vocabularies use, the likeliest first.</summary>
    private static readonly string[] EndOfTextNames = [EndOfTextName, "<|end_of_text|>", "</s>", "<eos>", "<|eot_id|>"];

    /// <summary>How tokenizers that are made here write the token that ends a document.</summary>
    public const string EndOfTextName = "<|endoftext|>";

    /// <summary>What <see cref="Load"/> takes to give this tokenizer again: a name, or the file's within its folder.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in words.</summary>
    public abstract string Description { get; }

    /// <summary>Ids are in [0, VocabularySize); not every one needs to have a token.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The id that ends a document unless another is chosen, or null; <see cref="Encode(ReadOnlySpan{byte}, IBufferWriter{int})"/> never gives it.</summary>
    public abstract int? EndOfText { get; }

    /// <summary>SHA-256 in hexadecimal of everything that decides the ids.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>Tokens beside the ones that text is cut into.</summary>
    public abstract IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>
    /// Whether a text that is parted before a space, behind a character that is not white space, has the ids of its
    /// parts: then a document of any length can be encoded in pieces.
    /// </summary>
    public abstract bool EndsPiecesBeforeSpaces { get; }

    /// <summary>A tokenizer by name, or from its file.</summary>
    /// <param name="nameOrPath"><c>bytes</c>; a tokenizer.json, vocab.json or .tiktoken file, llama2.c's .bin file, or a folder of one of them.</param>
    /// <param name="pieces">For .tiktoken files, which do not say how their text is parted.</param>
    /// <exception cref="InputException">There is none, or the file contradicts itself.</exception>
    public static Tokenizer Load(string nameOrPath, PreTokenization? pieces = null) =>
        nameOrPath == ByteTokenizer.TokenizerName ? ByteTokenizer.Instance : TokenizerFile.Read(nameOrPath, pieces);

    /// <summary>Appends the ids of a text, without <see cref="EndOfText"/>. Text that reads like a special token is text.</summary>
    /// <exception cref="InputException">The text has something that the vocabulary cannot write.</exception>
    public abstract void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids);

    /// <summary>Appends the ids of a text in which special tokens may be written out.</summary>
    /// <exception cref="InputException">The text has something that the vocabulary cannot write.</exception>
    public abstract void EncodeWithSpecialTokens(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids);

    /// <summary>The bytes of text that an id stands for: none for a special token and for an id that no token has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in [0, VocabularySize).</exception>
    public ReadOnlySpan<byte> BytesOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        return BytesOfKnown(id);
    }

    /// <summary>Whether it has a file; one that has none goes by its name.</summary>
    public virtual bool HasFile => true;

    /// <summary>Writes the file that <see cref="Load"/> reads.</summary>
    /// <exception cref="NotSupportedException">It has none.</exception>
    public abstract void Write(Stream stream);

    /// <summary>Writes the tokenizer's file as a whole or not at all; folders are made where there are none.</summary>
    /// <exception cref="InputException">It has no file, or the path cannot be written.</exception>
    public void SaveTo(string path)
    {
        if (!HasFile)
            throw new InputException($"the tokenizer '{Name}' goes by its name and has no file to write");
        try
        {
            DurableFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            DurableFile.Write(path, Write);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The bytes that the ids stand for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in [0, VocabularySize).</exception>
    public virtual byte[] Decode(ReadOnlySpan<int> ids)
    {
        int length = 0;
        foreach (int id in ids)
            length = checked(length + BytesOf(id).Length);
        var bytes = new byte[length];
        Span<byte> rest = bytes;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = BytesOf(id);
            token.CopyTo(rest);
            rest = rest[token.Length..];
        }

        return bytes;
    }

    /// <summary>How many bytes of text the ids stand for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in [0, VocabularySize).</exception>
    public long TextBytes(ReadOnlySpan<int> ids)
    {
        long bytes = 0;
        foreach (int id in ids)
            bytes += BytesOf(id).Length;
        return bytes;
    }

    /// <summary>The ids of a text, without <see cref="EndOfText"/>.</summary>
    public int[] Encode(string text)
    {
        var ids = new ArrayBufferWriter<int>();
        Encode(Encoding.UTF8.GetBytes(text), ids);
        return ids.WrittenSpan.ToArray();
    }

    /// <summary>The text of the ids; bytes that are not UTF-8 become the replacement character U+FFFD.</summary>
    public string DecodeText(ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(Decode(ids));

    /// <summary>How a token is shown: its text, or its name in the vocabulary.</summary>
    public string Show(int id) =>
        AddedTokens.FirstOrDefault(token => token.Id == id)?.Content ?? Encoding.UTF8.GetString(BytesOf(id));

    /// <summary>The id of the special token of this name.</summary>
    /// <exception cref="InputException">There is no such token.</exception>
    public int SpecialToken(string content) =>
        AddedTokens.FirstOrDefault(token => token.Special && token.Content == content)?.Id
        ?? throw new InputException($"the tokenizer has no special token '{content}'; it has: {string.Join(", ", AddedTokens.Where(token => token.Special).Select(token => token.Content).DefaultIfEmpty("none"))}");

    /// <param name="id">In [0, VocabularySize).</param>
    protected abstract ReadOnlySpan<byte> BytesOfKnown(int id);

    /// <summary>The token that usually ends a document, if the vocabulary has it.</summary>
    private protected static int? EndOfTextOf(IReadOnlyList<AddedToken> added) => EndOfTextNames
        .Select(name => added.FirstOrDefault(token => token.Special && token.Content == name)?.Id)
        .FirstOrDefault(id => id is not null);
}
