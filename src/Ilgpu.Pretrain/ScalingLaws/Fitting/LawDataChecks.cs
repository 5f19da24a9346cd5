using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What can be wrong with rows before anything is fitted, and with points that are far from them.</summary>
internal static class LawDataChecks
{
    /// <summary>A loss that rises by less than this share is noise to everyone.</summary>
    private const double Rise = 1e-3;

    /// <summary>A prediction beyond so many times the largest value, or below that part of the smallest, leaves the data far behind.</summary>
    private const double Far = 10;

    /// <exception cref="InputException">There are no rows, or one has a value that is not positive and finite: names it.</exception>
    public static void RequireUsable(ScalingLaw law, LawData data)
    {
        if (data.Count == 0)
            throw new InputException($"There are no rows to fit the law {law.Name} to.");
        RequirePositive(data, [.. law.Variables, law.Target]);
    }

    /// <summary>The last of the variables is what was measured.</summary>
    /// <exception cref="InputException">A row has a value that is not positive and finite: names it.</exception>
    public static void RequirePositive(LawData data, IReadOnlyList<LawVariable> variables)
    {
        foreach (LawVariable variable in variables.SkipLast(1).Where(variable => !variable.IsWord && data.Has(variable.Name)))
            Require(data, variable, data.Numbers(variable.Name));
        Require(data, variables[^1], data.Target);
    }

    /// <exception cref="InputException">A variable that the law needs to vary has one value.</exception>
    public static void RequireVaried(ScalingLaw law, LawData data, FitOptions options)
    {
        if (options.Held.Count > 0)
            return;
        foreach (LawVariable variable in law.Variables.Where(variable => variable.MustVary && data.Has(variable.Name)))
        {
            double[] values = data.Numbers(variable.Name);
            if (values.Length > 1 && values.Distinct().Count() == 1)
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{variable.Name} ({variable.Meaning}) is {values[0]:G6} in all {values.Length} rows; the law {law.Name} needs rows that differ in it."));
        }
    }

    /// <summary>Losses that rise with what should lower them, between rows that differ in nothing else.</summary>
    public static IEnumerable<string> Rises(ScalingLaw law, LawData data)
    {
        if (law.Target.Name != LawVariable.Loss.Name)
            yield break;
        foreach (LawVariable variable in law.Variables.Where(variable => variable.Helps && data.Has(variable.Name)))
        {
            LawVariable[] others = [.. law.Variables.Where(other => other != variable && data.Has(other.Name))];
            string Others(int row) => string.Join('\n', others.Select(other => other.IsWord ? data.Words(other.Name)[row] : data.Numbers(other.Name)[row].ToString("R", CultureInfo.InvariantCulture)));
            double[] scale = data.Numbers(variable.Name);
            (int From, int To)[] steps =
            [
                .. Enumerable.Range(0, data.Count).GroupBy(Others).SelectMany(group =>
                {
                    int[] rows = [.. group.OrderBy(row => scale[row])];
                    return rows.Zip(rows.Skip(1)).Where(pair => scale[pair.Second] > scale[pair.First]);
                }),
            ];
            (int From, int To)[] rises = [.. steps.Where(step => data.Target[step.To] > data.Target[step.From] * (1 + Rise))];
            if (rises.Length == 0)
                continue;
            (int from, int to) = rises.MaxBy(step => data.Target[step.To] / data.Target[step.From]);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Losses rise with {variable.Name} in {rises.Length} of {steps.Length} steps between rows that differ in nothing else, the most from {data.Target[from]:G6} ({data.Rows[from]}, {variable.Name} = {scale[from]:G4}) to {data.Target[to]:G6} ({data.Rows[to]}, {variable.Name} = {scale[to]:G4}): the law cannot rise.");
        }
    }

    /// <summary>Whether a point lies far outside the rows.</summary>
    public static IEnumerable<string> FarFrom(ScalingLaw law, LawData data, LawPoint point)
    {
        foreach (LawVariable variable in law.Variables.Where(variable => !variable.IsWord && data.Has(variable.Name) && point.Has(variable.Name)))
        {
            double value = point[variable.Name];
            double least = data.Numbers(variable.Name).Min(), most = data.Numbers(variable.Name).Max();
            if (value > Far * most)
                yield return string.Create(CultureInfo.InvariantCulture, $"The prediction at {variable.Name} = {value:G4} leaves the data far behind: {value / most:G3} times the largest there is ({most:G4}).");
            else if (value < least / Far)
                yield return string.Create(CultureInfo.InvariantCulture, $"The prediction at {variable.Name} = {value:G4} leaves the data far behind: the smallest there is is {least / value:G3} times that ({least:G4}).");
        }
    }

    private static void Require(LawData data, LawVariable variable, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            bool valid = double.IsFinite(values[i]) && (values[i] > 0 || (values[i] == 0 && variable.TakesZero));
            if (!valid)
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{data.Rows[i]}: {variable.Name} ({variable.Meaning}) is {values[i]}; it takes a positive number{(variable.TakesZero ? " or 0" : "")}."));
        }
    }
}
