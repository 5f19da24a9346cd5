using System.Globalization;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>What a law is and what was published of it.</summary>
internal static class LawCard
{
    public static void WriteAll(TextWriter words, bool json)
    {
        if (json)
        {
            JsonOutput.Print(new { laws = LawLibrary.All.Select(law => new { law.Name, law.Form, law.Protocol, law.Source, published = law.Published.Select(each => each.Name) }) });
            return;
        }

        var table = new TextTable(("law", false), ("form", false));
        foreach (ScalingLaw law in LawLibrary.All)
            table.Add(law.Name, law.Form);
        table.Write(words);
    }

    /// <param name="words">For people.</param>
    /// <param name="json">Whether it is for programs instead.</param>
    /// <param name="law">That is shown.</param>
    /// <param name="published">Whose predictions follow; null where nothing is published.</param>
    /// <param name="predictions">By those parameters.</param>
    public static void Write(TextWriter words, bool json, ScalingLaw law, PublishedLaw? published, IReadOnlyList<LawPrediction> predictions)
    {
        if (json)
        {
            JsonOutput.Print(new
            {
                law = law.Name,
                law.Form,
                law.Protocol,
                law.Source,
                variables = law.Variables.Append(law.Target).ToDictionary(variable => variable.Name, variable => variable.Meaning),
                published = law.Published.Select(each => new { each.Name, each.Parameters, each.Source }),
                predicted_by = predictions.Count > 0 ? published!.Name : null,
                predictions = predictions.Select(prediction => new { prediction.At, prediction.Value }),
            });
            return;
        }

        words.WriteLine($"{law.Name}: {law.Target.Name} = {law.Form}");
        words.WriteLine($"  source    {law.Source}");
        words.WriteLine($"  fitted by {law.Protocol}");
        foreach (LawVariable variable in law.Variables.Append(law.Target))
            words.WriteLine($"  {variable.Name,-9} {variable.Meaning}{(variable.IsOptional ? " (optional)" : "")}");
        foreach (PublishedLaw each in law.Published)
            words.WriteLine($"  {each.Name}: {string.Join(", ", each.Parameters.Select(parameter => string.Create(CultureInfo.InvariantCulture, $"{parameter.Key} {parameter.Value:G7}")))} ({each.Source})");
        foreach (LawPrediction prediction in predictions)
            words.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", prediction.At.Select(pair => $"{pair.Key} = {pair.Value:G6}"))}: {prediction.Value:G7} by {published!.Name}"));
    }
}
