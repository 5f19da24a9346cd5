namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Rows that a fit may do without.</summary>
public static class RowSelection
{
    /// <summary>A loss above so many times that of a row with no more of anything is no longer training.</summary>
    private const double DivergedFactor = 1.2;

    /// <summary>Without the rows of the largest losses.</summary>
    /// <exception cref="InputException">There are not more rows than that.</exception>
    public static LawData DropHighest(LawData data, int count)
    {
        if (count < 0 || count >= data.Count)
            throw new InputException($"--drop-highest was given {count}; it takes a whole number from 0 and less than the {data.Count} rows there are.");
        HashSet<int> dropped = [.. Enumerable.Range(0, data.Count).OrderByDescending(row => data.Target[row]).Take(count)];
        return data.Select([.. Enumerable.Range(0, data.Count).Where(row => !dropped.Contains(row))]);
    }

    /// <summary>
    /// Rows of runs that diverged: whose loss is not a finite number, is above what the law's source takes for training, or
    /// is a fifth above that of a row which differs from it in having less of what should lower the loss, if in anything.
    /// </summary>
    public static IReadOnlyList<int> Diverged(ScalingLaw law, LawData data)
    {
        LawVariable[] used = [.. law.Variables.Where(variable => data.Has(variable.Name))];
        string[][] words = [.. used.Where(variable => variable.IsWord).Select(variable => data.Words(variable.Name))];
        double[][] scales = [.. used.Where(variable => variable.Helps).Select(variable => data.Numbers(variable.Name))];
        double[][] others = [.. used.Where(variable => !variable.IsWord && !variable.Helps).Select(variable => data.Numbers(variable.Name))];
        bool canCompare = law.Target == LawVariable.Loss && scales.Length > 0;
        bool IsNoLarger(int row, int than) =>
            scales.All(values => values[row] <= values[than]) && others.All(values => values[row] == values[than]) && words.All(values => values[row] == values[than]);
        return
        [
            .. Enumerable.Range(0, data.Count).Where(row =>
                !double.IsFinite(data.Target[row])
                || data.Target[row] > law.DivergedAbove
                || (canCompare && Enumerable.Range(0, data.Count).Any(other => data.Target[row] > DivergedFactor * data.Target[other] && IsNoLarger(other, row)))),
        ];
    }

    public static LawData Without(LawData data, IReadOnlyList<int> rows) =>
        data.Select([.. Enumerable.Range(0, data.Count).Except(rows)]);
}
