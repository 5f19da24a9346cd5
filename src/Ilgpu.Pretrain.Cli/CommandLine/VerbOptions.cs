using System.Reflection;
using CommandLine;

namespace Ilgpu.Pretrain.Cli.CommandLine;

/// <summary>What the verb of a command line takes.</summary>
internal static class VerbOptions
{
    public const string Dashes = "--";

    /// <summary>The verb that arguments begin with, or null.</summary>
    public static Type? VerbOf(string[] arguments, IReadOnlyList<Type> verbs) =>
        verbs.FirstOrDefault(candidate => candidate.GetCustomAttribute<VerbAttribute>()?.Name == arguments.FirstOrDefault());

    /// <summary>A verb's options by their names, dashes and all.</summary>
    public static IReadOnlyDictionary<string, PropertyInfo> Of(Type verb) => verb.GetProperties()
        .Where(property => property.IsDefined(typeof(OptionAttribute)))
        .ToDictionary(property => Dashes + property.GetCustomAttribute<OptionAttribute>()!.LongName);

    /// <summary>Whether an option is told by its being there, without a value.</summary>
    public static bool IsSwitch(PropertyInfo option) => option.PropertyType == typeof(bool);

    /// <summary>Whether an option takes all values behind it, up to the next option: <c>--teacher A B</c>.</summary>
    public static bool TakesSeveral(PropertyInfo option) =>
        option.PropertyType == typeof(IEnumerable<string>) && option.GetCustomAttribute<OptionAttribute>()!.Separator == default;
}
