using System.Text;
using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>
/// What the fields of a Llama 1 or 2 tokenizer.json mean, step by step: tokens that are added and not special are cut out;
/// then normalizers or Metaspace, characters or their bytes, the merge of the lowest rank, the leftmost of those, again and
/// again; decoders.
/// </summary>
internal sealed class NaiveByteFallback
{
    private const string Mark = "\u2581";

    private readonly JsonObject json;
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<(string, string), int> ranks;
    private readonly string[] added;
    private readonly HashSet<int> special;

    public NaiveByteFallback(JsonObject json)
    {
        this.json = json;
        JsonObject model = json["model"]!.AsObject();
        Assert.Equal(("BPE", true), (model["type"]!.GetValue<string>(), model["byte_fallback"]!.GetValue<bool>()));
        ids = model["vocab"]!.AsObject().ToDictionary(each => each.Key, each => each.Value!.GetValue<int>());
        ranks = model["merges"]!.AsArray()
            .Select(merge => merge is JsonArray pair ? [pair[0]!.GetValue<string>(), pair[1]!.GetValue<string>()] : merge!.GetValue<string>().Split(' '))
            .Index()
            .ToDictionary(each => (each.Item[0], each.Item[1]), each => each.Index);
        JsonObject[] tokens = [.. json["added_tokens"]!.AsArray().Select(token => token!.AsObject())];
        added = [.. tokens.Where(token => !token["special"]!.GetValue<bool>()).Select(token => token["content"]!.GetValue<string>())];
        special = [.. tokens.Where(token => token["special"]!.GetValue<bool>()).Select(token => token["id"]!.GetValue<int>())];
    }

    public int[] Encode(string text)
    {
        var encoded = new List<int>();
        int from = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (added.Where(token => text.AsSpan(at).StartsWith(token, StringComparison.Ordinal)).MaxBy(token => token.Length) is not { } token)
                continue;
            encoded.AddRange(EncodeText(text[from..at], from));
            encoded.Add(ids[token]);
            from = at + token.Length;
            at = from - 1;
        }

        return [.. encoded, .. EncodeText(text[from..], from)];
    }

    public string Decode(int[] tokens)
    {
        JsonArray steps = json["decoder"]!["decoders"]!.AsArray();
        Assert.Equal(["Replace", "ByteFallback", "Fuse"], steps.Take(3).Select(step => step!["type"]!.GetValue<string>()));
        var names = ids.ToDictionary(each => each.Value, each => each.Key);
        byte[] bytes = [.. tokens.Where(token => !special.Contains(token)).SelectMany(token => names[token] is ['<', '0', 'x', var high, var low, '>']
            ? [Convert.ToByte($"{high}{low}", 16)]
            : Encoding.UTF8.GetBytes(names[token].Replace(Mark, " ", StringComparison.Ordinal)))];
        string text = Encoding.UTF8.GetString(bytes);
        return steps.Count > 3 && text.StartsWith(' ') ? text[1..] : text;
    }

    private IEnumerable<int> EncodeText(string text, int from) =>
        text.Length == 0 ? [] : Words(text, isFirst: from == 0).SelectMany(word => Merged(word).Select(symbol => ids[symbol]));

    private IEnumerable<string> Words(string text, bool isFirst)
    {
        if (json["normalizer"] is JsonObject normalizer)
        {
            foreach (JsonNode? step in normalizer["normalizers"] is JsonArray several ? several : [normalizer.DeepClone()])
            {
                text = step!["type"]!.GetValue<string>() == "Prepend"
                    ? step["prepend"]!.GetValue<string>() + text
                    : text.Replace(step["pattern"]!["String"]!.GetValue<string>(), step["content"]!.GetValue<string>(), StringComparison.Ordinal);
            }

            return [text];
        }

        JsonObject metaspace = json["pre_tokenizer"]!.AsObject();
        Assert.Equal("Metaspace", metaspace["type"]!.GetValue<string>());
        text = text.Replace(" ", Mark, StringComparison.Ordinal);
        string scheme = metaspace["prepend_scheme"]?.GetValue<string>() ?? (metaspace["add_prefix_space"]!.GetValue<bool>() ? "always" : "never");
        if (!text.StartsWith(Mark, StringComparison.Ordinal) && (scheme == "always" || (scheme == "first" && isFirst)))
            text = Mark + text;
        return metaspace["split"]?.GetValue<bool>() == false
            ? [text]
            : text.Split(Mark).Select((word, i) => i == 0 ? word : Mark + word);
    }

    private List<string> Merged(string word)
    {
        List<string> symbols = [.. word.EnumerateRunes().SelectMany(rune => ids.ContainsKey(rune.ToString())
            ? [rune.ToString()]
            : Encoding.UTF8.GetBytes(rune.ToString()).Select(value => $"<0x{value:X2}>"))];
        while (true)
        {
            int best = Enumerable.Range(0, Math.Max(1, symbols.Count - 1)).MinBy(i => (Rank(symbols, i), i));
            if (Rank(symbols, best) == int.MaxValue)
                return symbols;
            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }

    private int Rank(List<string> symbols, int at) => at + 1 >= symbols.Count ? int.MaxValue : ranks.GetValueOrDefault((symbols[at], symbols[at + 1]), int.MaxValue);
}
