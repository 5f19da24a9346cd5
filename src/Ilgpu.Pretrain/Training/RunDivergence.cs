namespace Ilgpu.Pretrain.Training;

/// <summary>
/// That a run diverged: diverged.json in its folder, with a checksum. Whoever has other runs to try looks for it, so as not
/// to train in vain again; whoever asks for the run itself may.
/// </summary>
/// <param name="RunId">Of its configuration.</param>
/// <param name="Step">Counted from 1, at which it was noticed.</param>
/// <param name="Message">One line.</param>
public sealed record RunDivergence(string RunId, long Step, string Message)
{
    private const string FileName = "diverged.json";

    /// <summary>How the run of a configuration diverged; null where it did not, or has a result since.</summary>
    /// <exception cref="InputException">diverged.json is not what was written, or the folder holds something else.</exception>
    public static RunDivergence? Find(string folder, TrainingConfig config)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || RunFolder.FindResult(folder, config) is not null)
            return null;
        RunDivergence found = ChecksummedJson.ReadFile<RunDivergence>(path, "delete it, and the run is tried again");
        return found.RunId == config.Id
            ? found
            : throw new InputException($"'{path}' tells of run {found.RunId}, not of {config.Id}: delete it, and the run is tried again.");
    }

    /// <summary>Records it in the run's folder; <see cref="Trainer.Run"/> does.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string folder, TrainingConfig config, TrainingDivergedException divergence) =>
        DurableFile.WriteAllText(
            Path.Combine(folder, FileName),
            ChecksummedJson.Serialize(new RunDivergence(config.Id, divergence.Step, divergence.Message)));
}
