using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Studies;

/// <summary>
/// The lists of <c>foreach</c>. What is named with a <c>$variable</c> is there once for each of its values; a <c>foreach</c> of its
/// own takes the place of the file's.
/// </summary>
internal sealed partial class Expansion
{
    public const string Key = "foreach";

    private const int MostCopies = 10_000;

    private readonly Dictionary<string, IReadOnlyList<LoopValue>> lists = [];

    /// <exception cref="InputException">A list is not one, or a variable's name is none.</exception>
    public Expansion(YamlValue? given, Expansion? outer = null)
    {
        if (outer is not null)
            lists = new Dictionary<string, IReadOnlyList<LoopValue>>(outer.lists);
        foreach ((string name, Place place, YamlValue value) in given?.AsMap().Entries ?? [])
        {
            if (!VariableName().IsMatch(name))
                throw place.Error($"'{name}' is no name of a variable; it takes small letters, digits and _, a letter first.");
            lists[name] = value.IsMap
                ? [.. value.AsMap().Entries.Select(entry => new LoopValue(RequireLabel(entry.Key, entry.Place), entry.Value.AsText()))]
                : [.. value.AsOneOrMore().SelectMany(Ranges.Expand).Select(text => new LoopValue(RequireLabel(text, value.Place), text))];
            if (lists[name].Count == 0)
                throw value.Place.Error($"the list of ${name} is empty.");
        }
    }

    /// <summary>What an entry of a section stands for: once, or once for each combination of its variables' values.</summary>
    /// <exception cref="InputException">A variable has no list, or a name is none.</exception>
    public IEnumerable<(string Name, YamlValue Body)> Expand(string name, Place place, YamlValue body)
    {
        Expansion here = body.IsMap && body.AsMap().Find(Key) is { } own ? new Expansion(own, this) : this;
        IReadOnlyList<string> variables = Variables.In(name);
        long copies = 1;
        foreach (string variable in variables)
        {
            if (!here.lists.TryGetValue(variable, out IReadOnlyList<LoopValue>? list))
                throw place.Error($"${variable} has no list in '{Key}'{(here.lists.Count == 0 ? "" : $"; there is: {string.Join(", ", here.lists.Keys.Select(each => "$" + each))}")}.");
            copies *= list.Count;
            if (copies > MostCopies)
                throw place.Error($"'{name}' stands for more than {MostCopies} steps.");
        }

        return Combine(0, new Dictionary<string, LoopValue>());

        IEnumerable<(string, YamlValue)> Combine(int next, Dictionary<string, LoopValue> values)
        {
            if (next == variables.Count)
            {
                string full = variables.Count == 0 ? name : Variables.Substitute(name, values.ToDictionary(each => each.Key, each => each.Value with { Value = each.Value.Label }), place);
                return [(RequireName(full, place), body.With(values))];
            }

            return here.lists[variables[next]].SelectMany(value => Combine(next + 1, new Dictionary<string, LoopValue>(values) { [variables[next]] = value }));
        }
    }

    private static string RequireLabel(string label, Place place) => Label().IsMatch(label)
        ? label
        : throw place.Error($"'{label}' cannot be part of a name, which takes letters, digits, '-', '_' and '.': write 'label: value' lines.");

    private static string RequireName(string name, Place place) => Name().IsMatch(name)
        ? name
        : throw place.Error($"'{name}' is no name; it takes letters, digits, '-', '_' and '.', a letter or digit first.");

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex VariableName();

    [GeneratedRegex("^[A-Za-z0-9._-]+$")]
    private static partial Regex Label();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    private static partial Regex Name();
}
