using System.Reflection;

namespace Ilgpu.Pretrain.Cli.CommandLine;

/// <summary>
/// Values that begin with a dash, which the parser takes for flags of one letter: <c>-.1</c>. Joined to their option they reach
/// it, <c>--replay=-.1</c>, and its own check says what it takes.
/// </summary>
internal static class NegativeValues
{
    /// <summary>Whether an argument looks like a number below 0: a dash, then a digit or a point.</summary>
    public static bool IsOne(string argument) => argument is ['-', '.' or (>= '0' and <= '9'), ..];

    /// <summary>The arguments, each such value in one with its option.</summary>
    public static string[] Join(string[] arguments, IReadOnlyList<Type> verbs)
    {
        if (VerbOptions.VerbOf(arguments, verbs) is not { } verb)
            return arguments;
        IReadOnlyDictionary<string, PropertyInfo> options = VerbOptions.Of(verb);
        var joined = new List<string>();
        foreach (string argument in arguments)
        {
            if (IsOne(argument) && joined.Count > 0 && options.TryGetValue(joined[^1], out PropertyInfo? option) && !VerbOptions.IsSwitch(option))
                joined[^1] += $"={argument}";
            else
                joined.Add(argument);
        }

        return [.. joined];
    }
}
