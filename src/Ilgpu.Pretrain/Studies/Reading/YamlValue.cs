using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A node of a study's file with the variables that have a value there.</summary>
internal sealed class YamlValue
{
    private readonly YamlNode node;
    private readonly IReadOnlyDictionary<string, LoopValue> variables;

    public YamlValue(YamlNode node, string file, IReadOnlyDictionary<string, LoopValue> variables)
        : this(node, new Place(file, node.Start.Line, node.Start.Column), variables)
    {
    }

    private YamlValue(YamlNode node, Place place, IReadOnlyDictionary<string, LoopValue> variables)
    {
        this.node = node;
        this.variables = variables;
        Place = place;
    }

    public Place Place { get; }

    public bool IsMap => node is YamlMappingNode;

    public bool IsList => node is YamlSequenceNode;

    public bool IsText => node is YamlScalarNode && !IsNothing;

    /// <summary>Nothing behind the colon.</summary>
    public bool IsNothing => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    /// <summary>The same node with other variables.</summary>
    public YamlValue With(IReadOnlyDictionary<string, LoopValue> others) => new(node, Place, others);

    /// <summary>Another text in the same place: an item of a range.</summary>
    public YamlValue Saying(string text) =>
        new(new YamlScalarNode(text), Place, variables);

    /// <exception cref="InputException">It is not a mapping.</exception>
    public YamlMap AsMap() => node is YamlMappingNode mapping
        ? new YamlMap(mapping, Place.File, variables)
        : throw Wrong("a mapping, 'key: value' lines");

    /// <exception cref="InputException">It is not a list.</exception>
    public IReadOnlyList<YamlValue> AsList() => node is YamlSequenceNode sequence
        ? [.. sequence.Children.Select(child => new YamlValue(child, Place.File, variables))]
        : throw Wrong("a list in brackets or with dashes");

    /// <summary>The items of a list, or the one value that stands in its place.</summary>
    public IReadOnlyList<YamlValue> AsOneOrMore() => IsList ? AsList() : [this];

    /// <exception cref="InputException">It is not a text, or has an unknown variable.</exception>
    public string AsText() => IsText ? Variables.Substitute(((YamlScalarNode)node).Value!, variables, Place) : throw Wrong("a text");

    /// <exception cref="InputException">It is not a finite number.</exception>
    public double AsNumber() => IsText && double.TryParse(AsText(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
        ? number
        : throw Wrong("a number");

    /// <summary>A whole number; 1e6 is one.</summary>
    /// <exception cref="InputException">It is not one.</exception>
    public long AsWhole(long smallest = long.MinValue, long largest = long.MaxValue)
    {
        string takes = (smallest, largest) switch
        {
            (long.MinValue, long.MaxValue) => "a whole number",
            (_, long.MaxValue) => FormattableString.Invariant($"a whole number from {smallest}"),
            _ => FormattableString.Invariant($"a whole number from {smallest} to {largest}"),
        };
        const double Exact = 1L << 53;
        if (!IsText)
            throw Wrong(takes);
        string text = AsText();
        long whole = long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long plain) ? plain
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) <= Exact && Math.Floor(number) == number ? (long)number
            : throw Wrong(takes);
        return whole >= smallest && whole <= largest ? whole : throw Wrong(takes);
    }

    /// <exception cref="InputException">It is not yes or no.</exception>
    public bool AsYesOrNo() => (IsText ? AsText().ToLowerInvariant() : "") switch
    {
        "true" or "yes" => true,
        "false" or "no" => false,
        _ => throw Wrong("true or false"),
    };

    /// <summary>The same as JSON: what looks like a number or a truth value is one, names are in snake_case.</summary>
    public JsonNode? AsJson() => node switch
    {
        _ when IsNothing => null,
        YamlMappingNode => new JsonObject(AsMap().Entries.Select(entry => KeyValuePair.Create(entry.Key.Replace('-', '_'), entry.Value.AsJson()))),
        YamlSequenceNode => new JsonArray([.. AsList().Select(item => item.AsJson())]),
        _ when node is YamlScalarNode { Style: not ScalarStyle.Plain } => AsText(),
        _ when bool.TryParse(AsText(), out bool truth) => truth,
        _ when long.TryParse(AsText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        _ when double.TryParse(AsText(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => AsText(),
    };

    public InputException Wrong(string takes) => Place.Error($"there is {Describe()}; it takes {takes}.");

    private string Describe() => node switch
    {
        YamlMappingNode => "a mapping",
        YamlSequenceNode => "a list",
        _ when IsNothing => "nothing",
        _ => $"'{AsText()}'",
    };
}
