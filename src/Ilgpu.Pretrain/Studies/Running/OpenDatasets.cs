using Ilgpu.Pretrain.Data;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Datasets that stay open while they may be needed; each is checked and opened once. From any thread.</summary>
internal sealed class OpenDatasets : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Lazy<TokenDataset>> open = [];

    /// <summary>The dataset in a folder.</summary>
    public TokenDataset Get(string folder) => Get(folder, () => TokenDataset.Open(folder, verify: true));

    /// <param name="folder">Where it lies, or will.</param>
    /// <param name="make">Builds or opens it; called where it is not open yet.</param>
    public TokenDataset Get(string folder, Func<TokenDataset> make)
    {
        string full = Path.GetFullPath(folder);
        Lazy<TokenDataset>? dataset;
        lock (gate)
        {
            if (!open.TryGetValue(full, out dataset))
                open[full] = dataset = new Lazy<TokenDataset>(make);
        }

        // To make one can take long: others are got meanwhile.
        return dataset.Value;
    }

    public void Dispose()
    {
        foreach (Lazy<TokenDataset> dataset in open.Values.Where(dataset => dataset.IsValueCreated))
            dataset.Value.Dispose();
    }
}
