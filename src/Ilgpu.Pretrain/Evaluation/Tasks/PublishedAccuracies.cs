namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// Accuracies that others published, to stand beside one's own: BLiMP's summary of n-gram, LSTM, Transformer-XL and GPT-2
/// models, a row a paradigm. Means are taken over the paradigms that are asked; rows of the UID 'overall' have means of theirs.
/// </summary>
public sealed class PublishedAccuracies
{
    private const string Overall = "overall";
    private const string RowForm = "a row of published accuracies has UID (a paradigm, or overall) and for each model a number";

    private readonly Dictionary<string, IReadOnlyDictionary<string, double>> paradigms = [];

    private PublishedAccuracies(string path) => Path = path;

    public string Path { get; }

    /// <summary>The models, as their columns are called.</summary>
    public IReadOnlyList<string> Models { get; private set; } = [];

    /// <summary>The file that lies beside a task's data, or null.</summary>
    /// <param name="data">The file or folder of rows.</param>
    public static string? FindBeside(string data) => new[]
    {
        data, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(data)),
        System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(data))),
    }.Select(folder => folder is null ? "" : System.IO.Path.Combine(folder, TaskData.PublishedFileName)).FirstOrDefault(File.Exists);

    /// <exception cref="InputException">The file cannot be read, or a row is not of this kind.</exception>
    public static PublishedAccuracies Read(string path)
    {
        var published = new PublishedAccuracies(path);
        foreach (TaskRow row in TaskRows.Read(path, RowForm))
        {
            string uid = row.Text("UID");
            IReadOnlyDictionary<string, double> figures = row.Numbers();
            published.Models = published.Models.Count == 0 ? [.. figures.Keys] : published.Models;
            if (!figures.Keys.SequenceEqual(published.Models))
                throw row.Wrong($"its models are {string.Join(", ", figures.Keys)}, and those of the rows before it {string.Join(", ", published.Models)}");
            if (uid != Overall)
                published.paradigms[uid] = figures;
        }

        return published;
    }

    /// <summary>By model, the mean over the paradigms of rows, each counted as often as it is asked; null where one of them is not published.</summary>
    public IReadOnlyDictionary<string, double>? Over(IEnumerable<TaskItem> items)
    {
        int count = 0;
        var sums = Models.ToDictionary(model => model, _ => 0.0);
        foreach (TaskItem item in items)
        {
            string? paradigm = item.Categories.FirstOrDefault(category => category.Kind == BlimpTask.Paradigm).Value;
            if (paradigm is null || !paradigms.TryGetValue(paradigm, out IReadOnlyDictionary<string, double>? figures))
                return null;
            foreach ((string model, double figure) in figures)
                sums[model] += figure;
            count++;
        }

        return count == 0 ? null : sums.ToDictionary(sum => sum.Key, sum => sum.Value / count);
    }
}
