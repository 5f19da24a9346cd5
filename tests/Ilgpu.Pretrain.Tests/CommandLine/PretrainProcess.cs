using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The program as a user runs it: a process of its own.</summary>
internal sealed partial class PretrainProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly DateTime started = DateTime.Now;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private PretrainProcess(Process process)
    {
        this.process = process;
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>What a finished process left; the most memory it was seen to have, which Linux tells.</summary>
    public sealed record Ended(int ExitCode, string Output, string Errors, double Seconds, long PeakResidentBytes) : Outcome(ExitCode, Output, Errors);

    public static Ended Run(params string[] arguments) => RunIn(Environment.CurrentDirectory, arguments);

    public static Ended RunIn(string folder, params string[] arguments)
    {
        using PretrainProcess started = StartIn(folder, arguments);
        return started.WaitForEnd();
    }

    public static PretrainProcess Start(params string[] arguments) => StartIn(Environment.CurrentDirectory, arguments);

    /// <param name="environment">Variables beside those that the tests have.</param>
    /// <param name="arguments">Of the program.</param>
    public static PretrainProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartIn(Environment.CurrentDirectory, arguments, environment);

    private static PretrainProcess StartIn(string folder, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "pretrain.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new PretrainProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL: no handler of the process runs.</summary>
    public void Kill() => process.Kill();

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt() => Assert.True(TryInterrupt(), "the process ended before it was interrupted");

    /// <returns>Whether the process was there to get it.</returns>
    public bool TryInterrupt() => SendSignal(process.Id, 2) == 0;

    /// <summary>What a shutdown or a batch system sends.</summary>
    public void Terminate() => Assert.Equal(0, SendSignal(process.Id, 15));

    /// <summary>The call itself: to start a program for it takes too long on a machine that is busy.</summary>
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    public bool HasEnded => process.HasExited;

    /// <summary>Memory that it has now, or 0 once it has ended.</summary>
    public long ResidentBytes()
    {
        try
        {
            process.Refresh();
            return process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    public Ended WaitForEnd() => WaitForEnd(Patience);

    public Ended WaitForEnd(TimeSpan patience)
    {
        long peak = 0;
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(200)))
        {
            process.Refresh();
            peak = Math.Max(peak, PeakResidentBytes());
            if (DateTime.Now - started < patience)
                continue;
            process.Kill();
            Assert.Fail($"pretrain did not end within {patience}");
        }

        return new Ended(
            process.ExitCode,
            output.GetAwaiter().GetResult(),
            errors.GetAwaiter().GetResult(),
            (process.ExitTime - started).TotalSeconds,
            peak);
    }

    private long PeakResidentBytes()
    {
        try
        {
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
            return 0;
        }
    }

    public void WaitUntil(Func<bool> condition, string what)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(patience.Elapsed < Patience, $"{what} did not come within {Patience}");
            if (process.HasExited)
                Assert.Fail($"pretrain ended before {what}: {WaitForEnd().Errors}");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }

    /// <summary>
    /// Whether an interrupt reaches a process that the tests start. Windows has none; a shell's background job, nohup's
    /// too, ignores it, and whatever it starts does.
    /// </summary>
    public static bool CanInterrupt => !RuntimeInformation.IsOSPlatform(OSPlatform.Windows) && !IgnoresInterrupts();

    /// <summary>As Linux tells it: a bit for each signal, from the lowest.</summary>
    private static bool IgnoresInterrupts()
    {
        const string Status = "/proc/self/status";
        const string Ignored = "SigIgn:";
        const ulong Interrupt = 1 << (2 - 1);
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) : null;
        return line is not null && (ulong.Parse(line.AsSpan(Ignored.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
    }
}
