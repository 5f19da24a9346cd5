namespace Ilgpu.Pretrain.Cli.CommandLine;

/// <summary>Flags of one letter behind two dashes, which the parser has none of: <c>--n</c> stands for <c>--n-column</c>.</summary>
internal static class OneLetterFlags
{
    public const string Suffix = "-column";

    /// <summary>The arguments of a verb that has such options, with their full names.</summary>
    public static string[] Expand(string[] arguments) => [.. arguments.Select(Expand)];

    private static string Expand(string argument)
    {
        string flag = argument.Split('=')[0];
        return flag.Length == 3 && flag.StartsWith("--", StringComparison.Ordinal) && char.IsAsciiLetterLower(flag[2]) ? flag + Suffix + argument[3..] : argument;
    }
}
