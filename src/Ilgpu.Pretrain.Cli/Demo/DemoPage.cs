using System.Globalization;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Reporting;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Demo;

/// <summary>The demo's report.html: the recipes side by side, then all that 'pretrain report' shows of their runs.</summary>
internal static class DemoPage
{
    private const string Title = "What more compute makes of a fixed text";

    public static void Write(string path, TokenDataset dataset, uint seed, IReadOnlyList<DemoOutcome> outcomes, IReadOnlyList<string> lines)
    {
        TrainingConfig any = DemoRecipe.Standard.ConfigsFor(dataset, seed)[0];
        Report report = ReportBuilder.Of([.. outcomes.Select(outcome => outcome.Folder)], Title);
        string[] ensembles = [.. outcomes.Where(outcome => outcome.Recipe.Members > 1).Select(outcome => outcome.Recipe.Name)];
        ReportSection[] sections = [.. report.Sections.Select(section => Named(section, ensembles))];
        ReportPage.Write(path, report with
        {
            Subtitle = string.Create(CultureInfo.InvariantCulture, $"{any.Tokens:N0} training tokens of {dataset.Manifest.Source} ({dataset.Manifest.Train.BytesPerToken:0.00} bytes a token), models of {any.Model.ParameterCount:N0} parameters, validation on {any.ValidationTokens - 1:N0} tokens; losses in nats a token; seed {seed}."),
            Figures = [.. DemoRecipe.Story.Select(recipe => outcomes.First(outcome => outcome.Recipe == recipe)).Select(outcome => new KeyFigure($"{outcome.Recipe.Name}: validation loss", ReportCell.Loss(outcome.ValLoss), Note(outcome.Recipe)))],
            Sections = [Recipes(outcomes), .. sections, new ReportSection("text", "Text of the ensemble") { Quotes = lines }],
            Footer = $"{ReportFooter.Now()} {Processor.Name}, {Processor.VectorInstructions}; ILGPU: {IlgpuRuntime.Description}; numerics version {Numerics.Version}.",
        });
    }

    private static string Note(DemoRecipe recipe) => recipe.Members == 1 ? "one model" : $"{recipe.Members} models, logits averaged";

    /// <summary>The sections of ensembles are called by their recipes.</summary>
    private static ReportSection Named(ReportSection section, string[] ensembles)
    {
        int number = Enumerable.Range(0, ensembles.Length).FirstOrDefault(i => section.Id == $"ensemble-{i + 1}", -1);
        return number < 0 ? section : section with { Title = char.ToUpperInvariant(ensembles[number][0]) + ensembles[number][1..] };
    }

    private static ReportSection Recipes(IReadOnlyList<DemoOutcome> outcomes) => new("recipes", "Recipes")
    {
        Text =
        [
            "Text is fixed, compute is not: each recipe makes something else of the same tokens. Learning rate, epochs and weight decay of each were tuned beforehand on other seeds.",
        ],
        Charts =
        [
            new Chart(
                "recipes-losses",
                "Validation loss by recipe",
                new ChartAxis("recipe", ScaleKind.Ordinal) { Categories = [.. outcomes.Select(outcome => outcome.Recipe.Name)] },
                new ChartAxis("validation loss, nats a token"),
                [
                    new ChartSeries("one model alone", -1, [.. outcomes.Select((outcome, i) => new ChartPoint(i, outcome.MemberLoss))]) { Mark = ChartMark.Points },
                    new ChartSeries("the recipe", 0, [.. outcomes.Select((outcome, i) => new ChartPoint(i, outcome.ValLoss))]) { Mark = ChartMark.Points },
                ])
            {
                Caption = "One model alone: the mean of an ensemble's members by themselves. The standard ensemble has as many models as the other one, so that the gain of averaging and that of the recipe can be told apart.",
            },
        ],
        Tables =
        [
            new ReportTable(
                "recipes-table",
                "The recipes in numbers",
                ["recipe", "models", "lr", "epochs", "wd", "training loss", "alone", "validation loss", "bits per byte", "took"],
                [
                    .. outcomes.Select(outcome => (IReadOnlyList<ReportCell>)
                    [
                        ReportCell.Of(outcome.Recipe.Name),
                        ReportCell.Count(outcome.Recipe.Members),
                        ReportCell.Of(outcome.Recipe.LearningRate),
                        ReportCell.Count(outcome.Recipe.Epochs),
                        ReportCell.Of(outcome.Recipe.WeightDecay),
                        ReportCell.Loss(outcome.TrainLoss),
                        ReportCell.Loss(outcome.MemberLoss),
                        ReportCell.Loss(outcome.ValLoss),
                        ReportCell.Loss(outcome.BitsPerByte),
                        ReportCell.Duration(outcome.Seconds),
                    ]),
                ])
            {
                Highlighted = Enumerable.Range(0, outcomes.Count).MinBy(i => outcomes[i].ValLoss),
            },
        ],
    };
}
