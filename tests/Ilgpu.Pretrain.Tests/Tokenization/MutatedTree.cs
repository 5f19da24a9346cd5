using System.Text;
using System.Text.Json.Nodes;

namespace Ilgpu.Pretrain.Tests.Tokenization;

/// <summary>Faults that leave a file JSON: a value or a few, anywhere in it, replaced, left out, or moved to another name.</summary>
internal static class MutatedTree
{
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "64", "257", "1.5", "1e9", "4194304", "99999999999", "\"\"", "\"a\"", "\"a b\"", "\"ab c\"", "\"BPE\"",
        "\"WordLevel\"", "\"Sequence\"", "\"\\n\"", "\"\\u2028\"", "[]", "[1]", "[\"a\", \"b\"]", "{}", "{\"type\": \"ByteLevel\"}", "{\"id\": 300, \"content\": \"<z>\"}",
    ];

    public static byte[] Of(Random random, byte[] json)
    {
        JsonNode tree = JsonNode.Parse(json)!;
        for (int faults = random.Next(1, 3); faults > 0; faults--)
        {
            JsonNode at = tree;
            // The vocabulary is by far the largest: without a way past it nothing else would be hit.
            while (Children(at) is { Length: > 0 } children && (at == tree || random.Next(4) > 0))
                at = children[random.Next(children.Length)];
            Spoil(random, at);
        }

        return Encoding.UTF8.GetBytes(tree.ToJsonString());
    }

    private static void Spoil(Random random, JsonNode at)
    {
        JsonNode? value = JsonNode.Parse(Values[random.Next(Values.Length)]);
        switch (at.Parent)
        {
            case JsonArray array when random.Next(3) == 0:
                array.RemoveAt(at.GetElementIndex());
                break;
            case JsonArray array:
                array[at.GetElementIndex()] = value;
                break;
            case JsonObject parent:
                string name = at.GetPropertyName();
                int what = random.Next(4);
                if (what < 2)
                    parent[name] = value;
                else
                    _ = parent.Remove(name);
                if (what == 3)
                    parent[name + "x"] = at;
                break;
            default:
                break;
        }
    }

    private static JsonNode[] Children(JsonNode node) => node switch
    {
        JsonObject parent => [.. parent.Select(child => child.Value).OfType<JsonNode>()],
        JsonArray array => [.. array.OfType<JsonNode>()],
        _ => [],
    };
}
