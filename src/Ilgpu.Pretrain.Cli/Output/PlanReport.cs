using System.Globalization;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A plan for people, or as JSON.</summary>
internal static class PlanReport
{
    private const string Nothing = "-";

    public static void Write(TextWriter words, bool json, Plan plan)
    {
        if (json)
        {
            JsonOutput.Print(new
            {
                plan.Tokens,
                plan.Hours,
                plan.Best,
                options = plan.Options.Select(option => new
                {
                    option.What,
                    option.Parameters,
                    option.Members,
                    option.Epochs,
                    option.Hours,
                    option.Loss,
                    interval = option.Interval is { } ends ? new[] { ends.Low, ends.High } : null,
                    gain = plan.Best.Loss - option.Loss,
                    option.Notes,
                }),
            });
            return;
        }

        words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{plan.Tokens:G6} tokens; the best single run is {plan.Best.Name}: loss {plan.Best.Loss:0.0000}, {plan.Best.Parameters:G4} parameters, {plan.Best.Epochs:G4} epochs, {plan.Best.Hours:G4} hours. {plan.Hours:G4} hours would buy:"));
        var table = new TextTable(("", false), ("parameters", true), ("members", true), ("epochs", true), ("hours", true), ("loss", true), ("interval", false), ("gain", true));
        foreach (PlanOption option in plan.Options)
        {
            table.Add(
                option.What,
                Text(option.Parameters, "G4"),
                Text(option.Members, "0"),
                Text(option.Epochs, "G4"),
                Text(option.Hours, "G4"),
                Text(option.Loss, "0.0000"),
                option.Interval is { } interval ? $"{Text(interval.Low, "0.0000")} to {Text(interval.High, "0.0000")}" : Nothing,
                Text(plan.Best.Loss - option.Loss, "0.0000"));
        }

        table.Write(words);
        foreach (PlanOption option in plan.Options)
        {
            foreach (string note in option.Notes)
                words.WriteLine($"{option.What}: {note}");
        }
    }

    private static string Text(double? value, string format) => value is { } number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : Nothing;
}
