using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ilgpu.Pretrain.Reporting;

namespace Ilgpu.Pretrain.Tests.Reporting;

/// <summary>Reports in a real browser, as wide as a desktop and as a phone.</summary>
public sealed partial class BrowserTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_chart_is_drawn_and_reads_out_the_numbers_of_the_json()
    {
        using var sources = new ReportFolders();
        string[] taught = [sources.TaughtStudy, .. sources.Chain, sources.ContinuedMembers];
        JsonElement verdict = Judge(
            ReportPage.Render(ReportPageTests.Everything()),
            ReportPage.Render(ReportBuilder.Of(taught)),
            ReportPage.Render(ReportBuilder.Of([sources.Run, sources.Ensemble, sources.Tuning, sources.Fit, sources.Efficiency, sources.Study])));
        Assert.True(verdict.GetProperty("charts").GetInt32() > 20, $"{verdict}");
        Assert.True(verdict.GetProperty("readings").GetInt32() > 60, $"{verdict}");
        Assert.True(verdict.GetProperty("cells").GetInt32() > 300, $"{verdict}");
    }

    [Fact]
    public void What_goes_wrong_in_a_page_is_noticed()
    {
        string file = folder.Write("broken.html", "<!DOCTYPE html><html><body><script>null.x</script></body></html>");
        Assert.Contains("Uncaught TypeError", Assert.Single(Browser.Open(file).Console), StringComparison.Ordinal);
        string html = ReportPage.Render(ReportPageTests.Everything());
        JsonElement wrong = Verdict(html.Replace("data-value=\"0.1\"", "data-value=\"0.2\"", StringComparison.Ordinal)).GetProperty("wrong");
        Assert.Contains("numbers, row 0", wrong[0].GetString(), StringComparison.Ordinal);
    }

    private JsonElement Judge(params string[] pages)
    {
        JsonElement last = default;
        foreach (string page in pages)
        {
            JsonElement verdict = Verdict(page);
            Assert.True(verdict.GetProperty("wrong").GetArrayLength() == 0, string.Join('\n', verdict.GetProperty("wrong").EnumerateArray().Take(20)));
            last = verdict.GetProperty("seen");
        }

        return last;
    }

    private JsonElement Verdict(string html)
    {
        // The default encoder leaves nothing that would end the script it stands in.
        string json = JsonSerializer.Serialize(html);
        string page = folder.Write("page.html", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reporting", "verdict.html")).Replace("PAGE", json, StringComparison.Ordinal));
        (string document, string[] console) = Browser.Open(page);
        Assert.Empty(console);
        Match verdict = VerdictPattern().Match(document);
        Assert.True(verdict.Success, "the page came to no verdict");
        return JsonDocument.Parse(WebUtility.HtmlDecode(verdict.Groups[1].Value)).RootElement;
    }

    [GeneratedRegex("<pre id=\"verdict\">(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex VerdictPattern();
}
