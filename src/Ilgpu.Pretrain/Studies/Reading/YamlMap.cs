using YamlDotNet.RepresentationModel;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A mapping of a study's file.</summary>
internal sealed class YamlMap
{
    private readonly string file;
    private readonly YamlMappingNode node;
    private readonly IReadOnlyDictionary<string, LoopValue> variables;

    /// <exception cref="InputException">A key is not a text.</exception>
    public YamlMap(YamlMappingNode node, string file, IReadOnlyDictionary<string, LoopValue> variables)
    {
        this.file = file;
        this.node = node;
        this.variables = variables;
        Place = new Place(file, node.Start.Line, node.Start.Column);
        Entries =
        [
            .. node.Children.Select(child =>
            {
                var place = new Place(file, child.Key.Start.Line, child.Key.Start.Column);
                string key = child.Key is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw place.Error("a key is a text.");
                return (key, place, new YamlValue(child.Value, file, variables));
            }),
        ];
    }

    public Place Place { get; }

    /// <summary>In the file's order, keys as they are written.</summary>
    public IReadOnlyList<(string Key, Place Place, YamlValue Value)> Entries { get; }

    /// <summary>The same mapping with other variables.</summary>
    public YamlMap With(IReadOnlyDictionary<string, LoopValue> others) => new(node, file, others);

    public IReadOnlyDictionary<string, LoopValue> Values => variables;

    /// <summary>The value of a key, or null where there is no such key or nothing behind it.</summary>
    public YamlValue? Find(string key)
    {
        foreach ((string name, _, YamlValue value) in Entries)
        {
            if (name == key)
                return value.IsNothing ? null : value;
        }

        return null;
    }

    /// <exception cref="InputException">There is no such key.</exception>
    public YamlValue Require(string key, string what) => Find(key) ?? throw Place.Error($"{what} has no '{key}', which it needs.");

    /// <exception cref="InputException">There is another key: says where, and which there are.</exception>
    public void RequireKnown(string what, IReadOnlyCollection<string> known)
    {
        foreach ((string key, Place place, _) in Entries)
        {
            if (!known.Contains(key))
                throw place.Error($"'{key}' is no key of {what}; there is: {string.Join(", ", known)}.");
        }
    }
}
