using System.Globalization;

namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>What the options of <c>fit</c>, and a study's fits, say that are more than one value.</summary>
public static class FitArguments
{
    private const double UsualDelta = 1e-3;

    private const string Squares = "squares", SquaresOfLog = "squares-of-log", Huber = "huber", HuberOfLog = "huber-of-log";

    /// <exception cref="InputException">It is none of the criteria, or a delta goes with none.</exception>
    public static FitCriterion? ParseCriterion(string? text, double? delta) => text switch
    {
        null => null,
        Huber => new FitCriterion(OnLog: false, delta ?? UsualDelta),
        HuberOfLog => FitCriterion.HuberOfLog(delta ?? UsualDelta),
        Squares or SquaresOfLog when delta is not null => throw new InputException($"--delta goes with Huber's cost, and --criterion was given {text}."),
        Squares => FitCriterion.LeastSquares,
        SquaresOfLog => FitCriterion.LeastSquaresOfLog,
        _ => throw new InputException($"--criterion was given '{text}'; it takes one of {Squares}, {SquaresOfLog}, {Huber}, {HuberOfLog}."),
    };

    /// <summary>NAME=VALUE, more with commas between.</summary>
    /// <exception cref="InputException">It is something else.</exception>
    public static Dictionary<string, double> ParseValues(string flag, string? text)
    {
        var values = new Dictionary<string, double>();
        foreach (string each in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = each.Split('=', StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
                throw new InputException($"{flag} was given '{each}'; it takes NAME=NUMBER, more of them with commas between.");
            if (!values.TryAdd(parts[0], value))
                throw new InputException($"{flag} was given {parts[0]} twice.");
        }

        return values;
    }

    public static HashSet<string> ParseNames(string? text) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>Points with ; between, their variables named in any case.</summary>
    /// <param name="text">As it was given.</param>
    /// <param name="law">That is to predict.</param>
    /// <param name="schedules">Of the curves that points of a law of loss curves can be on.</param>
    /// <exception cref="InputException">A variable is not the law's, or not positive; a curve has no learning rates.</exception>
    public static IReadOnlyList<LawPoint> ParsePoints(string? text, ScalingLaw law, IReadOnlyDictionary<string, LearningRateCurve>? schedules = null)
    {
        const string Flag = "--predict";
        return [.. (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];

        LawPoint Parse(string point)
        {
            if (law is not CurveLaw)
                return OfNumbers(point, point);
            string prefix = CurveLaw.Curve.Name + "=";
            string[] parts = point.Split(',', StringSplitOptions.TrimEntries);
            string? curve = Array.Find(parts, part => part.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))?[prefix.Length..];
            if (curve is null || schedules is null || !schedules.TryGetValue(curve, out LearningRateCurve? schedule))
                throw new InputException($"{Flag} was given '{point}'; the law {law.Name} takes curve=NAME,step=NUMBER, and has the learning rates of: {string.Join(", ", schedules?.Keys ?? [])}.");
            LawPoint numbers = OfNumbers(point, string.Join(',', parts.Where(part => !part.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))));
            return new LawPoint(numbers.Name, numbers.Numbers) { Curve = curve, Schedule = schedule };
        }

        LawPoint OfNumbers(string point, string numbersOfPoint)
        {
            var numbers = new Dictionary<string, double>();
            foreach ((string name, double value) in ParseValues(Flag, numbersOfPoint))
            {
                LawVariable variable = law.Variables.FirstOrDefault(each => !each.IsWord && string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase))
                    ?? throw new InputException($"{Flag} was given {name}; the law {law.Name} takes {string.Join(", ", law.Variables.Where(each => !each.IsWord).Select(each => each.Name))}.");
                InputException.ThrowUnless(value > 0 || (value == 0 && variable.TakesZero), $"{Flag} {variable.Name}", value, "a positive number");
                numbers[variable.Name] = value;
            }

            return new LawPoint($"{Flag} {point}", numbers);
        }
    }
}
