using System.Globalization;
using System.Reflection;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>The last line of a report.</summary>
internal static class ReportFooter
{
    /// <summary>What wrote it, and when.</summary>
    public static string Now()
    {
        string version = typeof(ReportFooter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        return string.Create(CultureInfo.InvariantCulture, $"Written by pretrain {version} on {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC. The exact numbers are in this page as JSON, in the element with the id data.");
    }
}
