namespace Ilgpu.Pretrain.Tests;

/// <summary>
/// Real corpora and reference data that are not part of the repository: in the folder that the environment variable
/// PRETRAIN_SHARED names, or in ../shared beside the repository. A test that wants them is skipped, with the reason,
/// where they are missing.
/// </summary>
internal static class SharedData
{
    private const string Variable = "PRETRAIN_SHARED";

    private static readonly string? Root = FindRoot();

    /// <summary>The full path of a file or folder of the shared data; skips the test that asks if there is none.</summary>
    public static string Require(params string[] parts)
    {
        Assert.SkipWhen(Root is null, $"no shared data: {Variable} is not set and there is no ../shared beside the repository");
        string path = Path.Combine([Root!, .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"the shared data in {Root} has no {Path.Combine(parts)}");
        return path;
    }

    private static string? FindRoot()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return given;
        if (Repository.Root is null)
            return null;
        string beside = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared"));
        return Directory.Exists(beside) ? beside : null;
    }
}
