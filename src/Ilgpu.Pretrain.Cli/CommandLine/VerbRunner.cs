using System.Globalization;
using CommandLine;
using Ilgpu.Pretrain.Cli.Verbs;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.CommandLine;

/// <summary>Parses the command line, runs its verb and turns what went wrong into one line and an exit code.</summary>
internal static class VerbRunner
{
    private static readonly Type[] Verbs =
    [
        typeof(DemoVerb), typeof(TrainVerb), typeof(EnsembleVerb), typeof(ContinueVerb), typeof(RunsVerb), typeof(FitVerb), typeof(GenerateVerb), typeof(DataVerb),
        typeof(EvalVerb), typeof(TokenizerVerb), typeof(TuneVerb), typeof(DistillVerb), typeof(ReportVerb), typeof(StudyVerb), typeof(StudyWorkerVerb),
        typeof(ImportVerb), typeof(ExportVerb), typeof(ModelVerb), typeof(BenchVerb), typeof(DevicesVerb),
    ];

    public static int Run(string[] arguments)
    {
        if (arguments is [FitVerb.Name, ..])
            arguments = OneLetterFlags.Expand(arguments);
        if (SilentMistake.Find(arguments, Verbs) is { } mistake)
            return Usage.Complain(mistake);
        arguments = NegativeValues.Join(arguments, Verbs);
        using var parser = new Parser(settings =>
        {
            settings.HelpWriter = null;
            settings.ParsingCulture = CultureInfo.InvariantCulture;
            settings.CaseInsensitiveEnumValues = true;
        });
        ParserResult<object> result = parser.ParseArguments(arguments, Verbs);
        return result switch
        {
            Parsed<object> parsed => RunVerb((Verb)parsed.Value),
            NotParsed<object> notParsed => Usage.Explain(notParsed, arguments),
            _ => throw new InvalidOperationException("The parser gave neither a verb nor errors."),
        };
    }

    private static int RunVerb(Verb verb)
    {
        using var interruption = new Interruption();
        try
        {
            return verb.Run(interruption.Token);
        }
        catch (Exception exception) when (exception is InputException or DeviceUnavailableException)
        {
            return Usage.Complain(exception.Message, ExitCode.WrongArguments);
        }
        catch (OperationCanceledException)
        {
            return Usage.Complain("interrupted", ExitCode.Interrupted);
        }
        catch (Exception exception) when (exception is TrainingDivergedException or DeviceFailedException or IOException or UnauthorizedAccessException)
        {
            return Usage.Complain(exception.Message, ExitCode.Failed);
        }
        catch (Exception failure) when (Device.IsFailure(failure))
        {
            return Usage.Complain($"the device failed: {failure.Message}", ExitCode.Failed);
        }
    }
}
