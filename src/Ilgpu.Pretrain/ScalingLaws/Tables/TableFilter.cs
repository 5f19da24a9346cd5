using System.Text.RegularExpressions;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>
/// Picks rows by their cells: <c>optimizer=adamw,model_size!=1.2b,d>=1e9</c>. A row has to satisfy each; one of several
/// values may stand with bars between, <c>k=1|2|4</c>.
/// </summary>
public sealed partial class TableFilter
{
    private readonly (string Flag, string Text, string Column, string Relation, string[] Values)[] conditions;

    private TableFilter((string, string, string, string, string[])[] conditions) => this.conditions = conditions;

    /// <exception cref="InputException">It is not a list of conditions.</exception>
    public static TableFilter Parse(string flag, string text) => new([.. text.Split(',', StringSplitOptions.TrimEntries).Select(condition => ParseCondition(flag, condition))]);

    /// <exception cref="InputException">It names a column that there is not.</exception>
    public DataTable Apply(DataTable table)
    {
        int[] columns = [.. conditions.Select(condition => table.Require(condition.Flag, condition.Column))];
        DataTable kept = table.Where(cells => conditions.Zip(columns).All(pair => Holds(pair.First.Relation, pair.First.Values, cells[pair.Second])));
        return kept.Rows.Count > 0 || table.Rows.Count == 0
            ? kept
            : throw new InputException($"{conditions[0].Flag} was given '{string.Join(',', conditions.Select(condition => condition.Text))}'; none of the {table.Rows.Count} rows of {table.Name} is like that.");
    }

    /// <summary>The rows that do not satisfy it.</summary>
    public DataTable Rest(DataTable table)
    {
        HashSet<string> kept = [.. Apply(table).Rows.Select(row => row.Name)];
        return table with { Rows = [.. table.Rows.Where(row => !kept.Contains(row.Name))] };
    }

    private static bool Holds(string relation, string[] values, string? cell)
    {
        bool AnyIs(Func<int, bool> order) => values.Any(value => order(RunField.Compare(cell ?? "", value)));
        return relation switch
        {
            "=" => AnyIs(order => order == 0),
            "!=" => !AnyIs(order => order == 0),
            _ when cell is null => false,
            "<" => AnyIs(order => order < 0),
            "<=" => AnyIs(order => order <= 0),
            ">" => AnyIs(order => order > 0),
            _ => AnyIs(order => order >= 0),
        };
    }

    private static (string, string, string, string, string[]) ParseCondition(string flag, string text)
    {
        Match match = ConditionPattern().Match(text);
        return match.Success
            ? (flag, text, match.Groups["column"].Value, match.Groups["relation"].Value, match.Groups["value"].Value.Split('|', StringSplitOptions.TrimEntries))
            : throw new InputException($"{flag} was given '{text}'; it takes COLUMN=VALUE with one of = != < <= > >=, more of them with commas between.");
    }

    [GeneratedRegex("^(?<column>[^=!<>]+?)\\s*(?<relation>!=|<=|>=|=|<|>)\\s*(?<value>.+)$")]
    private static partial Regex ConditionPattern();
}
