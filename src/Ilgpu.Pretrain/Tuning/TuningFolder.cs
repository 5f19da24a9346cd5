using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tuning;

/// <summary>The folder of a tuning, named by its plan's id: tuning.json has what came out, with a checksum.</summary>
public static class TuningFolder
{
    private const string FileName = "tuning.json";
    private const string StoreName = "tunings";

    /// <summary>Where the tunings lie that belong to a store of runs.</summary>
    public static string StoreOf(RunStore runs) => Path.Combine(runs.Root, StoreName);

    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Where the tuning of a plan lies, or will, in a store of tunings.</summary>
    public static string PathOf(string store, TuningPlan plan) => Path.Combine(store, plan.Id);

    /// <summary>Writes what came out into the tuning's folder.</summary>
    /// <returns>The folder.</returns>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static string Write(string store, TuningResult result)
    {
        string folder = PathOf(store, result.Plan);
        ChecksummedJson.WriteFile(Path.Combine(folder, FileName), result, $"The tuning's folder '{folder}'");
        return folder;
    }

    /// <summary>What came out of the tuning in a folder.</summary>
    /// <exception cref="InputException">It is not a tuning's, or tuning.json is not what was written.</exception>
    public static TuningResult Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new InputException($"'{folder}' is not a tuning's folder: it has no {FileName}.");
        try
        {
            TuningResult result = ChecksummedJson.Deserialize<TuningResult>(File.ReadAllText(path));
            return result.Id == result.Plan.Id ? result : throw new InvalidDataException($"its id {result.Id} is not that of its plan, {result.Plan.Id}");
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"'{path}' was edited or is damaged ({e.Message}): delete it, and 'tune' works it out again from its runs.", e);
        }
    }

    /// <summary>What came out of the tuning of a plan before, or null.</summary>
    /// <exception cref="InputException">tuning.json is not what was written.</exception>
    public static TuningResult? Find(string store, TuningPlan plan)
    {
        string folder = PathOf(store, plan);
        return IsAt(folder) ? Read(folder) : null;
    }

    /// <summary>All tunings of a store, by name.</summary>
    /// <param name="store">Need not exist.</param>
    /// <param name="warn">Told of those that are damaged and passed over, or null.</param>
    public static IReadOnlyList<TuningResult> List(string store, Action<string>? warn = null)
    {
        if (!Directory.Exists(store))
            return [];
        var results = new List<TuningResult>();
        foreach (string folder in Directory.GetDirectories(store).Where(IsAt).Order(StringComparer.Ordinal))
        {
            try
            {
                results.Add(Read(folder));
            }
            catch (InputException e)
            {
                warn?.Invoke(e.Message);
            }
        }

        return results;
    }
}
