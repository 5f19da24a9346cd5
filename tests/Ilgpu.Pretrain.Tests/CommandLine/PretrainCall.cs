using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>
/// The program called within the tests' process, where its code is compiled once: the same words, files and exit codes.
/// Kills, signals, memory and full disks need a <see cref="PretrainProcess"/>.
/// </summary>
internal static class PretrainCall
{
    public static Outcome Run(params string[] arguments)
    {
        TextWriter output = Console.Out, errors = Console.Error;
        using StringWriter said = new(), complained = new();
        try
        {
            Console.SetOut(said);
            Console.SetError(complained);
            Terminal.IsReplaced = true;
            int exitCode = VerbRunner.Run(arguments);
            return new Outcome(exitCode, said.ToString(), complained.ToString());
        }
        finally
        {
            Terminal.IsReplaced = false;
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
