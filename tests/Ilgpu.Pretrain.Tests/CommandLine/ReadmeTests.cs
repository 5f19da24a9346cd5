namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>The README's commands work as they stand there.</summary>
public sealed class ReadmeTests
{
    private const string Program = "pretrain ";

    /// <summary>One after the other in one folder that has nothing but the studies and their ledgers, as a reader would.</summary>
    [Fact]
    public void Every_command_of_the_program_runs()
    {
        string[] commands = [.. Commands().Where(command => command.StartsWith(Program, StringComparison.Ordinal))];
        Assert.NotEmpty(commands);
        using var folder = new TemporaryFolder();
        foreach (string study in Directory.GetFiles(Path.Combine(Repository.Root!, "studies")))
            folder.Write(Path.Combine("studies", Path.GetFileName(study)), File.ReadAllBytes(study));
        foreach (string ledger in Directory.GetFiles(Path.Combine(Repository.Root!, "docs", "results"), "*.jsonl"))
            folder.Write(Path.Combine("docs", "results", Path.GetFileName(ledger)), File.ReadAllBytes(ledger));
        foreach (string command in commands)
        {
            PretrainProcess.Ended ended = PretrainProcess.RunIn(folder.Path, command[Program.Length..].Split(' '));
            Assert.True(ended.ExitCode == 0, $"{command}: exit code {ended.ExitCode}: {ended.Errors}");
        }
    }

    /// <summary>.ci/run takes the two commands that start with dotnet from the README itself: the demo, then the tests.</summary>
    [Fact]
    public void Every_other_command_is_one_that_continuous_integration_takes_from_here()
    {
        string[] commands = [.. Commands().Where(command => !command.StartsWith(Program, StringComparison.Ordinal))];
        Assert.Equal(2, commands.Length);
        Assert.StartsWith("dotnet run ", commands[0], StringComparison.Ordinal);
        Assert.StartsWith("dotnet test ", commands[1], StringComparison.Ordinal);
    }

    private static IEnumerable<string> Commands()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests were copied away from their repository, and its README with it");
        bool inside = false;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root!, "README.md")))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                inside = line == "```sh";
            else if (inside && line.Length > 0)
                yield return line;
        }
    }
}
