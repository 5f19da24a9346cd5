using System.Reflection;
using CommandLine;
using CommandLine.Text;

namespace Ilgpu.Pretrain.Cli.CommandLine;

/// <summary>
/// Help, version, and one line for a wrong argument: the flag, what it was given, what it takes.
/// </summary>
internal static class Usage
{
    private const int HelpWidth = 110;

    public static int Explain(NotParsed<object> result, string[] arguments)
    {
        Error first = result.Errors.First();
        switch (first.Tag)
        {
            case ErrorType.VersionRequestedError:
                Console.Out.WriteLine($"pretrain {typeof(Usage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}");
                return ExitCode.Done;
            case ErrorType.HelpVerbRequestedError when first is HelpVerbRequestedError { Matched: false } && arguments.Length > 1:
                return Complain($"'{arguments[1]}' is not a verb; 'pretrain --help' lists them.");
            case ErrorType.HelpRequestedError or ErrorType.HelpVerbRequestedError:
                Console.Out.WriteLine(Help(result));
                return ExitCode.Done;
            case ErrorType.NoVerbSelectedError:
                Console.Error.WriteLine(Help(result));
                return ExitCode.WrongArguments;
            default:
                return Complain(Describe(first, result, arguments));
        }
    }

    /// <summary>One line on standard error for what went wrong.</summary>
    /// <returns>The exit code given.</returns>
    public static int Complain(string message, int exitCode = ExitCode.WrongArguments)
    {
        Console.Error.WriteLine($"pretrain: {message}");
        return exitCode;
    }

    /// <summary>What an option takes, in words.</summary>
    public static string Takes(PropertyInfo option)
    {
        Type type = Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType;
        return type switch
        {
            { IsEnum: true } => "one of " + string.Join(", ", Enum.GetNames(type)).ToLowerInvariant(),
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(ulong) || type == typeof(uint) => "a whole number from 0",
            _ when type == typeof(double) || type == typeof(float) => "a number",
            _ => "a text",
        };
    }

    private static string Help(NotParsed<object> result) =>
        HelpText.AutoBuild(
            result,
            help =>
            {
                help.AddDashesToOption = true;
                help.AdditionalNewLineAfterOption = false;
                help.Copyright = "Pre-trains Llama-style language models when text is fixed and compute is not.";
                help.AddEnumValuesToHelpText = true;
                return HelpText.DefaultParsingErrorsHandler(result, help);
            },
            example => example,
            verbsIndex: true,
            maxDisplayWidth: HelpWidth).ToString();

    private static string Describe(Error error, NotParsed<object> result, string[] arguments) => error switch
    {
        BadVerbSelectedError bad => $"'{bad.Token}' is not a verb; 'pretrain --help' lists them.",
        UnknownOptionError unknown => $"--{unknown.Token} is not an option of '{arguments[0]}'; 'pretrain {arguments[0]} --help' lists them.",
        MissingRequiredOptionError { NameInfo.LongName: "" } => $"{string.Join(", ", Positions(result))} is required: 'pretrain {arguments[0]} --help' says what it is.",
        MissingRequiredOptionError missing => $"{Flag(missing)} is required.",
        BadFormatConversionError bad => $"{Flag(bad)} was given '{GivenTo(bad, arguments)}'; it takes {Takes(bad, result)}.",
        RepeatedOptionError repeated => $"{Flag(repeated)} was given more than once.",
        MutuallyExclusiveSetError exclusive => $"{Flag(exclusive)} does not go with the other options given.",
        NamedError named => $"{Flag(named)}: {named.Tag}.",
        TokenError token => $"'{token.Token}' was not understood: {token.Tag}.",
        _ => $"the arguments were not understood: {error.Tag}.",
    };

    private static IEnumerable<string> Positions(NotParsed<object> result) =>
        result.TypeInfo.Current.GetProperties()
            .Select(property => property.GetCustomAttribute<ValueAttribute>())
            .Where(value => value is { Required: true })
            .Select(value => value!.MetaName);

    private static string Flag(NamedError error) =>
        error.NameInfo.LongName.Length > 0 ? "--" + error.NameInfo.LongName
        : error.NameInfo.ShortName.Length > 0 ? "-" + error.NameInfo.ShortName
        : "the argument";

    private static string GivenTo(NamedError error, string[] arguments)
    {
        string flag = Flag(error);
        int position = Array.FindIndex(arguments, argument => argument == flag);
        if (position >= 0 && position + 1 < arguments.Length)
            return arguments[position + 1];
        string? joined = Array.Find(arguments, argument => argument.StartsWith(flag + "=", StringComparison.Ordinal));
        return joined is null ? string.Join(' ', arguments.Skip(1)) : joined[(flag.Length + 1)..];
    }

    private static string Takes(NamedError error, NotParsed<object> result) =>
        result.TypeInfo.Current.GetProperties()
            .FirstOrDefault(property => property.GetCustomAttribute<OptionAttribute>()?.LongName == error.NameInfo.LongName) is { } option
            ? Takes(option)
            : "another value";
}
