using System.Buffers;
using Ilgpu.Pretrain.Data.Sources;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Data;

/// <summary>
/// Encodes documents side by side on several threads and writes their ids in order. While one batch is encoded the next
/// one is read, so two batches are in memory, text and ids: about 100 MB, or what two segments and their ids take.
/// </summary>
/// <param name="tokenizer">Of all documents.</param>
/// <param name="separator">The id behind each, or null.</param>
/// <param name="threads">That encode.</param>
/// <param name="writer">Takes the ids.</param>
internal sealed class DocumentEncoder(Tokenizer tokenizer, int? separator, int threads, DatasetWriter writer)
{
    private const int BytesAtOnce = 1 << 23;

    /// <param name="parts">Documents, large ones in segments.</param>
    /// <param name="written">Called now and then.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A text has something that the tokenizer cannot write.</exception>
    public void Encode(IEnumerable<TextDocument> parts, Action written, CancellationToken cancellation)
    {
        Task<Batch>? encoding = null;
        try
        {
            var gathered = new Batch();
            foreach (TextDocument part in parts)
            {
                if (part.Unfinished && !tokenizer.EndsPiecesBeforeSpaces)
                    throw new InputException($"{part.Name} is too large to be encoded at once, which its tokenizer ({tokenizer.Description}) takes: cut it with --document-bytes");
                gathered.Parts.Add(part);
                gathered.Bytes += part.Utf8.Length;
                if (gathered.Bytes < BytesAtOnce)
                    continue;
                Write(encoding, written);
                Batch batch = gathered;
                encoding = Task.Run(() => Encode(batch, cancellation), CancellationToken.None);
                gathered = new Batch();
            }

            Write(encoding, written);
            encoding = null;
            Write(Task.FromResult(Encode(gathered, cancellation)), written);
        }
        finally
        {
            // What failed already is what is thrown; the threads must not go on all the same.
            ((IAsyncResult?)encoding)?.AsyncWaitHandle.WaitOne();
        }
    }

    private Batch Encode(Batch batch, CancellationToken cancellation)
    {
        batch.Ids = new ArrayBufferWriter<int>[batch.Parts.Count];
        Workers.For(
            batch.Ids.Length,
            threads,
            i =>
            {
                ReadOnlySpan<byte> text = batch.Parts[i].Utf8.Span;
                var ids = new ArrayBufferWriter<int>((text.Length / 4) + 1);
                try
                {
                    tokenizer.Encode(text, ids);
                }
                catch (InputException e)
                {
                    throw new InputException($"{batch.Parts[i].Name}: {e.Message}", e);
                }

                if (separator is { } end && !batch.Parts[i].Unfinished)
                    ids.Write([end]);
                batch.Ids[i] = ids;
            },
            cancellation);
        return batch;
    }

    private void Write(Task<Batch>? encoding, Action written)
    {
        if (encoding is null)
            return;
        Batch batch = encoding.GetAwaiter().GetResult();
        for (int i = 0; i < batch.Parts.Count; i++)
        {
            writer.Append(batch.Ids[i].WrittenSpan);
            if (!batch.Parts[i].Unfinished)
                writer.EndDocument();
        }

        written();
    }

    private sealed class Batch
    {
        public List<TextDocument> Parts { get; } = [];

        public long Bytes { get; set; }

        public ArrayBufferWriter<int>[] Ids { get; set; } = [];
    }
}
