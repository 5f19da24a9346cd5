namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>What the program left.</summary>
internal record Outcome(int ExitCode, string Output, string Errors)
{
    public string ErrorLine => Assert.Single(Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
}
