namespace Ilgpu.Pretrain.Evaluation;

/// <summary>
/// Accuracies that others published, to stand beside one's own: BLiMP's summary of n-gram, LSTM, Transformer-XL and GPT-2
/// models, a row a paradigm and, with the UID 'overall', a row a phenomenon and one for all.
/// </summary>
public sealed class PublishedAccuracies
{
    private const string Overall = "overall";
    private const string RowForm = "a row of published accuracies has UID and linguistics_term (texts) and for each model a number";

    private readonly Dictionary<ItemCategory, IReadOnlyDictionary<string, double>> categories = [];

    private PublishedAccuracies(string path) => Path = path;

    public string Path { get; }

    /// <summary>The models, as their columns are called.</summary>
    public IReadOnlyList<string> Models { get; private set; } = [];

    /// <summary>By model, over all rows; null where the file does not say.</summary>
    public IReadOnlyDictionary<string, double>? All { get; private set; }

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
            (string uid, string phenomenon) = (row.Text("UID"), row.Text("linguistics_term"));
            IReadOnlyDictionary<string, double> figures = row.Numbers();
            published.Models = published.Models.Count == 0 ? [.. figures.Keys] : published.Models;
            if (!figures.Keys.SequenceEqual(published.Models))
                throw row.Wrong($"its models are {string.Join(", ", figures.Keys)}, and those of the rows before it {string.Join(", ", published.Models)}");
            if (uid != Overall)
                published.categories[new ItemCategory("paradigm", uid)] = figures;
            else if (phenomenon != Overall)
                published.categories[new ItemCategory("phenomenon", phenomenon)] = figures;
            else
                published.All = figures;
        }

        return published;
    }

    /// <summary>By model, of a category's rows; null where the file does not say.</summary>
    public IReadOnlyDictionary<string, double>? Of(ItemCategory category) => categories.GetValueOrDefault(category);
}
