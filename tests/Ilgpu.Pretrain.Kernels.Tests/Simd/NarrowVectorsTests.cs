using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ilgpu.Pretrain.Kernels.Tests;

/// <summary>
/// The kernels for CPUs with fewer vector instructions than this machine has: this program starts itself with some
/// switched off, and the child runs the Cpu rungs' tests. Arm64's path is Vector128's, with instructions of its own in a few places.
/// </summary>
public sealed class NarrowVectorsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly string[] Classes = ["*CpuTests", $"*.{nameof(VectorMathTests)}", $"*.{nameof(LanesTests)}", $"*.{nameof(VectorInstructionsTests)}"];

    [Fact]
    public void Kernels_for_CPUs_are_right_with_AVX2_alone()
    {
        Assert.SkipUnless(Vector512.IsHardwareAccelerated, "without AVX-512 the other tests have run on these instructions already");
        Assert.SkipUnless(Avx2.IsSupported && Fma.IsSupported, "this runtime has AVX-512 and no AVX2");
        AssertPassWithout("DOTNET_EnableAVX512", VectorInstructionsTests.Avx2Fma);
    }

    /// <summary>No fused multiply-add either: .NET switches it off along with AVX2.</summary>
    [Fact]
    public void Kernels_for_CPUs_are_right_with_vectors_of_128_bits()
    {
        Assert.SkipUnless(Avx2.IsSupported, "without AVX2 the other tests have run on these instructions already");
        AssertPassWithout("DOTNET_EnableAVX2", VectorInstructionsTests.Bits128);
    }

    [Fact]
    public void Kernels_for_CPUs_are_right_without_vector_instructions()
    {
        Assert.SkipUnless(Vector128.IsHardwareAccelerated, "without vector instructions the other tests have run so already");
        AssertPassWithout("DOTNET_EnableHWIntrinsic", VectorInstructionsTests.None);
    }

    private static void AssertPassWithout(string variable, string instructionsLeft)
    {
        (int exitCode, string output) = RunChild(variable);
        foreach (string line in output.Split(Environment.NewLine).Where(line => line.Contains(VectorInstructionsTests.Announcement, StringComparison.Ordinal) || line.Contains("Total:", StringComparison.Ordinal)))
            TestContext.Current.TestOutputHelper?.WriteLine(line);
        Assert.Contains(VectorInstructionsTests.Announcement + instructionsLeft + Environment.NewLine, output, StringComparison.Ordinal);
        Assert.True(exitCode == 0, output);
    }

    private static (int ExitCode, string Output) RunChild(string variable)
    {
        string tests = typeof(NarrowVectorsTests).Assembly.Location;
        bool isOwnProgram = Path.GetFileNameWithoutExtension(tests) == Path.GetFileName(Environment.ProcessPath)?.Replace(".exe", "", StringComparison.Ordinal);
        ProcessStartInfo start = isOwnProgram
            ? new(Environment.ProcessPath!)
            : new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [tests]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        foreach (string argument in (string[])["-nologo", "-noColor", "-showLiveOutput", .. Classes.SelectMany(name => (string[])["-class", name])])
            start.ArgumentList.Add(argument);
        start.Environment[variable] = "0";
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        if (!child.WaitForExit(Patience))
        {
            child.Kill();
            Assert.Fail($"the child did not end within {Patience}: {output.GetAwaiter().GetResult()}");
        }

        return (child.ExitCode, output.GetAwaiter().GetResult());
    }
}
