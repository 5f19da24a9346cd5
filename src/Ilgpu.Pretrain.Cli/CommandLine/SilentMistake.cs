using System.Reflection;
using CommandLine;

namespace Ilgpu.Pretrain.Cli.CommandLine;

/// <summary>
/// What the parser takes without a word: an option whose value is missing (it would get its default, or a later option's
/// name), and arguments that nothing asks for.
/// </summary>
internal static class SilentMistake
{
    /// <summary>The first one as one line, or null. What the parser itself refuses is left to it.</summary>
    public static string? Find(string[] arguments, IReadOnlyList<Type> verbs)
    {
        if (VerbOptions.VerbOf(arguments, verbs) is not { } verb)
            return null;
        IReadOnlyDictionary<string, PropertyInfo> options = VerbOptions.Of(verb);
        PropertyInfo[] values = [.. verb.GetProperties().Where(property => property.IsDefined(typeof(ValueAttribute)))];
        int positions = values.Any(value => value.PropertyType == typeof(IEnumerable<string>)) ? int.MaxValue : values.Length;
        for (int i = 1; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (!argument.StartsWith('-') || NegativeValues.IsOne(argument))
            {
                if (--positions < 0)
                    return $"'{argument}' was not expected; 'pretrain {arguments[0]} --help' says what is.";
                continue;
            }

            if (!options.TryGetValue(argument.Split('=')[0], out PropertyInfo? option))
                return null;
            if (VerbOptions.IsSwitch(option) || argument.Contains('=', StringComparison.Ordinal))
                continue;
            i++;
            if (i == arguments.Length || arguments[i].StartsWith(VerbOptions.Dashes, StringComparison.Ordinal))
                return $"{argument} was given no value; it takes {Usage.Takes(option)}.";
            while (VerbOptions.TakesSeveral(option) && i + 1 < arguments.Length && !arguments[i + 1].StartsWith('-'))
                i++;
        }

        return null;
    }
}
