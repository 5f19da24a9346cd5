using Ilgpu.Pretrain.Cli.CommandLine;

namespace Ilgpu.Pretrain.Cli;

internal static class Program
{
    private static int Main(string[] arguments) => VerbRunner.Run(arguments);
}
