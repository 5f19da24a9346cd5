using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Tokenization;

/// <summary>
/// Learns merges from counted pieces: again and again the most frequent pair of neighbours becomes a token. Of equally
/// frequent pairs the one with the greater bytes is taken, first its left token's, then its right one's. So the merges
/// depend on the counts alone, in whatever order or on however many threads they were gathered.
/// </summary>
/// <remarks>
/// No two pairs make the same bytes, and no pair comes back once it is merged: what lies between two ends of tokens has
/// been merged as if nothing lay around it.
/// </remarks>
internal sealed class BytePairTrainer
{
    private readonly HashSet<string> special;
    private readonly List<byte[]?> tokens;
    private readonly List<BytePairMerge> merges = [];
    private readonly int[][] words;
    private readonly int[] lengths;
    private readonly long[] counts;
    private readonly Dictionary<ulong, Pair> pairs = [];
    private readonly PriorityQueue<ulong, (long Count, ulong Pair)> queue;
    private readonly List<ulong> grown = [];

    private BytePairTrainer(IReadOnlyDictionary<byte[], long> pieces, IReadOnlyCollection<string> special)
    {
        this.special = [.. special];
        tokens = [.. Enumerable.Repeat<byte[]?>(null, special.Count)];
        var idOfByte = new int[BytePairModel.ByteValues];
        foreach (byte value in ByteAlphabet.InOrder)
        {
            idOfByte[value] = tokens.Count;
            AddToken([value]);
        }

        words = [.. pieces.Keys.Select(piece => Array.ConvertAll(piece, value => idOfByte[value]))];
        lengths = [.. words.Select(word => word.Length)];
        counts = [.. pieces.Values];
        queue = new(Comparer<(long Count, ulong Pair)>.Create(FirstToMerge));
        for (int word = 0; word < words.Length; word++)
        {
            for (int i = 1; i < lengths[word]; i++)
                Count(words[word][i - 1], words[word][i], counts[word], word);
        }

        QueueGrown();
    }

    /// <param name="pieces">Counted pieces, none empty.</param>
    /// <param name="vocabularySize">Special tokens, the 256 bytes and what is learned.</param>
    /// <param name="special">Names of special tokens, none empty, none twice: they get the first ids.</param>
    /// <param name="rule">How the text was parted.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The vocabulary is too small, or larger than the text can fill, or text makes what a special token is called.</exception>
    public static BytePairModel Train(
        IReadOnlyDictionary<byte[], long> pieces,
        int vocabularySize,
        IReadOnlyList<string> special,
        PreTokenization rule,
        CancellationToken cancellation = default)
    {
        int least = special.Count + BytePairModel.ByteValues;
        InputException.ThrowUnless(
            vocabularySize >= least && vocabularySize <= BytePairModel.LargestVocabulary,
            "--vocabulary",
            vocabularySize,
            $"a whole number from {least} (256 bytes and {special.Count} special tokens) to {BytePairModel.LargestVocabulary}");
        if (special.Contains("") || special.Distinct().Count() < special.Count)
            throw new ArgumentException($"special tokens: {string.Join(", ", special.Select(name => $"'{name}'"))}; none is empty, none there twice", nameof(special));
        var trainer = new BytePairTrainer(pieces, special);
        while (trainer.tokens.Count < vocabularySize)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!trainer.MergeMostFrequent())
                throw new InputException($"--vocabulary was given {vocabularySize}; the text fills at most {trainer.tokens.Count} (256 bytes, {special.Count} special tokens and {trainer.tokens.Count - least} merged ones): take that or less, or more text.");
        }

        return new BytePairModel
        {
            Tokens = trainer.tokens,
            Merges = trainer.merges,
            Added = [.. special.Select((content, id) => new AddedToken(id, content, Special: true))],
            Pieces = rule,
        };
    }

    private bool MergeMostFrequent()
    {
        while (queue.TryDequeue(out ulong key, out (long Count, ulong Pair) entry))
        {
            Pair pair = pairs[key];
            if (pair.Count != entry.Count)
            {
                // It has shrunk since it was queued.
                if (pair.Count > 0)
                    queue.Enqueue(key, (pair.Count, key));
                continue;
            }

            Merge(key, pair);
            return true;
        }

        return false;
    }

    private void Merge(ulong key, Pair pair)
    {
        (int left, int right) = Ids(key);
        int result = tokens.Count;
        AddToken([.. tokens[left]!, .. tokens[right]!]);
        merges.Add(new BytePairMerge(left, right, result, merges.Count));
        foreach (int word in pair.Words)
            MergeIn(word, left, right, result);
        pair.Count = 0;
        pair.Words.Clear();
        QueueGrown();
    }

    private void MergeIn(int word, int left, int right, int result)
    {
        Span<int> symbols = words[word].AsSpan(0, lengths[word]);
        long count = counts[word];
        int kept = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            if (i + 1 == symbols.Length || symbols[i] != left || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }

            if (kept > 0)
            {
                Count(symbols[kept - 1], left, -count, word);
                Count(symbols[kept - 1], result, count, word);
            }

            if (i + 2 < symbols.Length)
            {
                Count(right, symbols[i + 2], -count, word);
                Count(result, symbols[i + 2], count, word);
            }

            symbols[kept++] = result;
            i++;
        }

        lengths[word] = kept;
    }

    private void Count(int left, int right, long by, int word)
    {
        ulong key = ((ulong)(uint)left << 32) | (uint)right;
        ref Pair? pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, key, out _);
        pair ??= new Pair();
        pair.Count += by;
        if (by < 0)
            return;
        if (pair.Words.Count == 0 || pair.Words[^1] != word)
            pair.Words.Add(word);
        if (!pair.HasGrown)
            grown.Add(key);
        pair.HasGrown = true;
    }

    private void QueueGrown()
    {
        foreach (ulong key in grown)
        {
            Pair pair = pairs[key];
            pair.HasGrown = false;
            if (pair.Count > 0)
                queue.Enqueue(key, (pair.Count, key));
        }

        grown.Clear();
    }

    private void AddToken(byte[] bytes)
    {
        if (ByteAlphabet.Write(bytes) is var name && special.Contains(name))
            throw new InputException($"the special token '{name}' is called as a token that is made of the text; it takes a name that no text has");
        tokens.Add(bytes);
    }

    private int FirstToMerge((long Count, ulong Pair) one, (long Count, ulong Pair) other)
    {
        int byCount = other.Count.CompareTo(one.Count);
        if (byCount != 0)
            return byCount;
        (int left, int right) = Ids(one.Pair);
        (int otherLeft, int otherRight) = Ids(other.Pair);
        int byLeft = tokens[otherLeft].AsSpan().SequenceCompareTo(tokens[left]);
        return byLeft != 0 ? byLeft : tokens[otherRight].AsSpan().SequenceCompareTo(tokens[right]);
    }

    private static (int Left, int Right) Ids(ulong pair) => ((int)(pair >> 32), (int)(uint)pair);

    private sealed class Pair
    {
        public long Count { get; set; }

        /// <summary>Words that had the pair at some time; some twice.</summary>
        public List<int> Words { get; } = [];

        public bool HasGrown { get; set; }
    }
}
