using System.Text.Json;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;
using Ilgpu.Pretrain.Tuning;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>A committed ledger by the names of its study.</summary>
internal sealed class MiniatureLedger
{
    private readonly ILookup<string, LedgerLine> kinds;
    private readonly Dictionary<string, LedgerLine> runsById;

    private MiniatureLedger(IEnumerable<LedgerLine> lines)
    {
        kinds = lines.ToLookup(line => line.Kind);
        runsById = kinds[LedgerLine.RunKind].ToDictionary(line => line.Config!.Id);
    }

    public IEnumerable<LedgerLine> Runs => kinds[LedgerLine.RunKind];

    public IEnumerable<LedgerLine> Ensembles => kinds[LedgerLine.EnsembleKind];

    public IEnumerable<LedgerLine> Tunings => kinds[LedgerLine.TuningKind];

    public IEnumerable<LedgerLine> Fits => kinds[LedgerLine.FitKind];

    public IEnumerable<TaskAccuracy> Accuracies => kinds[LedgerLine.EvaluationKind].Select(line => line.Accuracy!);

    public static MiniatureLedger Read(string path) => new([.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<LedgerLine>(line, RunJson.Compact)!)]);

    public bool Has(string name) => kinds.SelectMany(kind => kind).Any(line => line.Name == name);

    public TuningResult Tuning(string name) => Named(LedgerLine.TuningKind, name).Tuning!;

    public EnsembleScores Ensemble(string name) => Named(LedgerLine.EnsembleKind, name).Scores!;

    /// <summary>An ensemble's first member.</summary>
    public TrainingConfig MemberOf(string name) => runsById[Named(LedgerLine.EnsembleKind, name).Members![0]].Config!;

    public LedgerLine Run(string name) => Named(LedgerLine.RunKind, name);

    public JsonNode Fit(string name) => Named(LedgerLine.FitKind, name).Fit!;

    public long ParametersOf(TuningResult tuning) => runsById[tuning.OptimumRuns[0]].Result!.Parameters;

    /// <summary>What A / x^alpha + E through the points leaves.</summary>
    public static double Asymptote(LawVariable over, IReadOnlyList<double> x, IReadOnlyList<double> losses)
    {
        var data = new LawData([.. x.Select(each => $"{each}")], [.. losses], new Dictionary<string, double[]> { [over.Name] = [.. x] });
        return LawFitting.Fit(new PowerLaw(over), data, new FitOptions { Bootstraps = 0 }).Estimate.Parameters["E"];
    }

    private LedgerLine Named(string kind, string name) => kinds[kind].Single(line => line.Name == name);
}
