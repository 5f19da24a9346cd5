namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Finds a law's variables among a table's columns.</summary>
public static class LawDataReader
{
    /// <summary>The rows of a table as the law wants them.</summary>
    /// <param name="law">That is to be fitted.</param>
    /// <param name="table">With a column for each variable that the law cannot do without.</param>
    /// <param name="columns">The columns that hold variables, by the variables' names; the others are found by their usual names.</param>
    /// <exception cref="InputException">A column is missing: says which there are.</exception>
    public static LawData Read(ScalingLaw law, DataTable table, IReadOnlyDictionary<string, string> columns) =>
        Read($"The law {law.Name}", law.Variables, law.Target, table, columns);

    /// <summary>The rows of a table as something that is not a law wants them.</summary>
    internal static LawData Read(string what, IReadOnlyList<LawVariable> variables, LawVariable targetVariable, DataTable table, IReadOnlyDictionary<string, string> columns)
    {
        var numbers = new Dictionary<string, double[]>();
        var words = new Dictionary<string, string[]>();
        foreach (LawVariable variable in variables)
        {
            int column = ColumnOf(table, variable, columns);
            if (column < 0 && TokensOfCompute(variable, numbers, table, columns) is { } tokens)
            {
                numbers[variable.Name] = tokens;
                continue;
            }

            if (column < 0)
            {
                if (!variable.IsOptional)
                    throw Missing(what, table, variable);
                continue;
            }

            if (variable.IsWord)
                words[variable.Name] = table.Words(column);
            else
                numbers[variable.Name] = table.Numbers(column);
        }

        int target = ColumnOf(table, targetVariable, columns);
        if (target < 0)
            throw Missing(what, table, targetVariable);
        return new LawData([.. table.Rows.Select(row => row.Name)], table.Numbers(target), numbers, words);
    }

    /// <summary>Tokens from the compute that was named in their place, C / (6 N); null where it was not.</summary>
    private static double[]? TokensOfCompute(LawVariable variable, Dictionary<string, double[]> numbers, DataTable table, IReadOnlyDictionary<string, string> columns)
    {
        if (variable.Name != LawVariable.Tokens.Name || !columns.TryGetValue("C", out string? compute) || !numbers.TryGetValue(LawVariable.Parameters.Name, out double[]? sizes))
            return null;
        return [.. table.Numbers(table.Require("--c", compute)).Zip(sizes, (flops, size) => flops / (6 * size))];
    }

    private static int ColumnOf(DataTable table, LawVariable variable, IReadOnlyDictionary<string, string> columns)
    {
        if (columns.TryGetValue(variable.Name, out string? given))
            return table.Require(variable.Flag, given);
        return variable.PreferredColumns.Append(variable.Name).Concat(variable.UsualColumns).Select(table.Find).FirstOrDefault(column => column >= 0, -1);
    }

    private static InputException Missing(string what, DataTable table, LawVariable variable) =>
        new($"{what} needs {variable.Name} ({variable.Meaning}): name its column with {variable.Flag}. {table.Name} has: {string.Join(", ", table.Columns)}.");
}
