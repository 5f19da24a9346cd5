using System.Globalization;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Units
{
    public static string Count(double value) => Scaled(value, 1000, ["", " k", " M", " G", " T", " P"]);

    public static string Bytes(double value) => Scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);

    public static string FlopsPerSecond(double value) => Scaled(value, 1000, [" FLOP/s", " kFLOP/s", " MFLOP/s", " GFLOP/s", " TFLOP/s", " PFLOP/s"]);

    public static string Duration(TimeSpan span) =>
        span.TotalSeconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s")
        : span.TotalHours < 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} min {span.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h {span.Minutes} min");

    public static string Hours(double hours) => Duration(TimeSpan.FromHours(hours));

    private static string Scaled(double value, double step, string[] suffixes)
    {
        int power = 0;
        while (Math.Abs(value) >= step && power < suffixes.Length - 1)
        {
            value /= step;
            power++;
        }

        string format = power == 0 ? "0.##" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + suffixes[power];
    }
}
