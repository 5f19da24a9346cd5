using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The program as a user runs it: a process of its own.</summary>
internal sealed class PretrainProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private PretrainProcess(Process process)
    {
        this.process = process;
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>What a finished process left.</summary>
    public sealed record Ended(int ExitCode, string Output, string Errors)
    {
        public string ErrorLine => Assert.Single(Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public static Ended Run(params string[] arguments) => RunIn(Environment.CurrentDirectory, arguments);

    public static Ended RunIn(string folder, params string[] arguments)
    {
        using PretrainProcess started = StartIn(folder, arguments);
        return started.WaitForEnd();
    }

    public static PretrainProcess Start(params string[] arguments) => StartIn(Environment.CurrentDirectory, arguments);

    private static PretrainProcess StartIn(string folder, string[] arguments)
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
        return new PretrainProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL: no handler of the process runs.</summary>
    public void Kill() => process.Kill();

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public Ended WaitForEnd()
    {
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"pretrain did not end within {Patience}");
        }

        return new Ended(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
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

    /// <summary>Signals are sent by a program that Windows lacks.</summary>
    public static bool CanInterrupt => !RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
}
