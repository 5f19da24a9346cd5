using System.Text.RegularExpressions;

namespace Ilgpu.Pretrain.Training;

/// <summary>Picks runs by their fields: <c>weight_decay>=0.8,model.name=mini-s,state=finished</c>. A run has to satisfy each.</summary>
public sealed partial class RunFilter
{
    private const string Flag = "--where";

    private readonly Condition[] conditions;

    private RunFilter(Condition[] conditions) => this.conditions = conditions;

    /// <exception cref="InputException">It is not a list of conditions, or names a field that there is not.</exception>
    public static RunFilter Parse(string text) => new([.. text.Split(',', StringSplitOptions.TrimEntries).Select(ParseCondition)]);

    /// <exception cref="InputException">A number is held against something else.</exception>
    public bool Matches(RunSummary run) => conditions.All(condition => condition.Holds(run.Fields));

    private static Condition ParseCondition(string text)
    {
        Match match = ConditionPattern().Match(text);
        if (!match.Success)
            throw new InputException($"{Flag} was given '{text}'; it takes FIELD=VALUE with one of = != < <= > >=, more of them with commas between.");
        string field = match.Groups["field"].Value;
        RunField.Require(Flag, field);
        return new Condition(text, field, match.Groups["relation"].Value, match.Groups["value"].Value);
    }

    [GeneratedRegex("^(?<field>[^=!<>]+?)\\s*(?<relation>!=|<=|>=|=|<|>)\\s*(?<value>[^=!<>]+)$")]
    private static partial Regex ConditionPattern();

    private sealed record Condition(string Text, string Field, string Relation, string Value)
    {
        public bool Holds(IReadOnlyDictionary<string, string> fields)
        {
            bool present = fields.TryGetValue(Field, out string? actual);
            if (Relation is "=" or "!=")
                return (RunField.Compare(actual ?? FlatJson.Absent, Value) == 0) == (Relation == "=");
            if (!present)
                return false;
            if (RunField.IsNumber(actual!, out _) && !RunField.IsNumber(Value, out _))
                throw new InputException($"{Flag} was given '{Text}'; {Field} is a number.");
            int order = RunField.Compare(actual!, Value);
            return Relation switch
            {
                "<" => order < 0,
                "<=" => order <= 0,
                ">" => order > 0,
                _ => order >= 0,
            };
        }
    }
}
