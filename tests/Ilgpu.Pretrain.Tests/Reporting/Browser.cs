using System.Diagnostics;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>
/// A Chromium without a window: the one that the environment variable PRETRAIN_BROWSER names, or one on the PATH. A test that
/// wants it is skipped, with the reason, where there is none.
/// </summary>
internal static class Browser
{
    private const string Variable = "PRETRAIN_BROWSER";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Opens a page and lets its scripts run.</summary>
    /// <returns>The document as it is then, and what was written to the console.</returns>
    public static (string Document, string[] Console) Open(string file)
    {
        string browser = Require();
        using var profile = new TemporaryFolder();
        var start = new ProcessStartInfo(browser) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
            $"--user-data-dir={profile.Path}", "--virtual-time-budget=20000", "--enable-logging=stderr", "--window-size=1200,900", "--dump-dom", new Uri(file).AbsoluteUri,
        })
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> document = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{browser} did not end within {Patience}");
        }

        Assert.True(process.ExitCode == 0, errors.Result);
        return (document.Result, [.. errors.Result.Split('\n').Where(line => line.Contains("CONSOLE", StringComparison.Ordinal))]);
    }

    private static string Require()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        string? found = named is { Length: > 0 }
            ? named
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"no browser: {Variable} is not set, and none of {string.Join(", ", Names)} is on the PATH");
        return found!;
    }
}
