namespace Ilgpu.Pretrain.ScalingLaws;

/// <summary>Measurements that a law is fitted to: columns of the law's variables, one row a measurement.</summary>
public sealed class LawData
{
    private readonly IReadOnlyDictionary<string, double[]> numbers;
    private readonly IReadOnlyDictionary<string, string[]> words;

    /// <param name="rows">What messages call each row.</param>
    /// <param name="target">What the law predicts, measured; one a row.</param>
    /// <param name="numbers">By the names of the variables.</param>
    /// <param name="words">By the names of the variables that are words.</param>
    public LawData(
        IReadOnlyList<string> rows,
        double[] target,
        IReadOnlyDictionary<string, double[]> numbers,
        IReadOnlyDictionary<string, string[]>? words = null)
    {
        Rows = rows;
        Target = target;
        this.numbers = numbers;
        this.words = words ?? new Dictionary<string, string[]>();
    }

    public IReadOnlyList<string> Rows { get; }

    public double[] Target { get; }

    public int Count => Target.Length;

    /// <summary>The learning rates of each curve, by its name, for the laws that need them.</summary>
    public IReadOnlyDictionary<string, LearningRateCurve> Schedules { get; init; } = new Dictionary<string, LearningRateCurve>();

    public bool Has(string variable) => numbers.ContainsKey(variable) || words.ContainsKey(variable);

    public double[] Numbers(string variable) => numbers[variable];

    public string[] Words(string variable) => words[variable];

    /// <summary>The row's words, by the names of the variables.</summary>
    internal IReadOnlyDictionary<string, string> WordsOf(int row) => words.ToDictionary(column => column.Key, column => column.Value[row]);

    /// <summary>The row's numbers, and the learning rates of its curve.</summary>
    public LawPoint Point(int row) => new(Rows[row], numbers.ToDictionary(column => column.Key, column => column.Value[row]))
    {
        Schedule = words.TryGetValue(CurveLaw.Curve.Name, out string[]? curves) ? Schedules.GetValueOrDefault(curves[row]) : null,
    };

    /// <summary>The same rows with other measurements.</summary>
    public LawData WithTarget(double[] target) => new(Rows, target, numbers, words) { Schedules = Schedules };

    /// <summary>Some of the rows, in the order given; a row may come more than once.</summary>
    public LawData Select(IReadOnlyList<int> rows) => new(
        [.. rows.Select(row => Rows[row])],
        Pick(Target, rows),
        numbers.ToDictionary(column => column.Key, column => Pick(column.Value, rows)),
        words.ToDictionary(column => column.Key, column => Pick(column.Value, rows)))
    {
        Schedules = Schedules,
    };

    public LawData WithSchedules(IReadOnlyDictionary<string, LearningRateCurve> schedules) => new(Rows, Target, numbers, words) { Schedules = schedules };

    private static T[] Pick<T>(T[] values, IReadOnlyList<int> rows) => [.. rows.Select(row => values[row])];
}
