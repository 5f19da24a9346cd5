using CommandLine;
using Ilgpu.Pretrain.Cli.CommandLine;
using Ilgpu.Pretrain.Cli.Output;
using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Cli.Verbs;

[Verb("report", HelpText = "Writes one HTML file that needs nothing else: curves, scaling laws, certificates, exact tables, configurations.")]
internal sealed class ReportVerb : ReportingVerb
{
    private const string FileName = "report.html";

    [Value(0, MetaName = "PATH", HelpText = "What to report: the folder of a run, an ensemble, a tuning, a distillation, a continuation or a study, a folder of such, a file with what 'fit --json' printed; or more of them.")]
    public IEnumerable<string> Paths { get; set; } = [];

    [Option("out", HelpText = "The file; default: report.html in the first PATH, beside it where that is a file.")]
    public string? Out { get; set; }

    [Option("title", HelpText = "The page's title; default: what it is of.")]
    public string? Title { get; set; }

    [Option("charts", HelpText = "A folder for every chart as an SVG file beside the page, named by the chart's id; default: none.")]
    public string? Charts { get; set; }

    public override int Run(CancellationToken cancellation)
    {
        string[] paths = [.. Paths];
        if (paths.Length == 0)
            throw new InputException("PATH is required: the folder of a run, an ensemble, a tuning, a distillation, a continuation or a study, a folder of such, or a file with what 'pretrain fit --json' printed.");
        InputException.ThrowUnless(Title is null || !string.IsNullOrWhiteSpace(Title), "--title", "nothing", "a line of text");
        string file = Out ?? Path.Combine(Directory.Exists(paths[0]) ? paths[0] : Path.GetDirectoryName(Path.GetFullPath(paths[0]))!, FileName);
        if (Directory.Exists(file) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
            throw new InputException($"--out was given '{file}'; it takes a file in a folder that is there.");
        InputException.ThrowUnless(Charts is not { } given || (given.Length > 0 && !File.Exists(given)), "--charts", $"'{Charts}'", "a folder");
        Report report = ReportBuilder.Of(paths, Title);
        cancellation.ThrowIfCancellationRequested();
        ReportPage.Write(file, report with { Footer = ReportFooter.Now() });
        Words.WriteLine($"Written: {file}");
        IReadOnlyList<string>? charts = Charts is { } folder ? ChartFile.WriteAll(folder, report.Charts) : null;
        if (charts is { Count: > 0 })
            Words.WriteLine($"Written: {charts.Count} charts in {Charts}");
        if (Json)
            JsonOutput.Print(new { file, charts, report = ReportJson.Of(report) });
        return ExitCode.Done;
    }
}
