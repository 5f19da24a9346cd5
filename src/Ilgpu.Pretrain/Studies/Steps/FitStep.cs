using System.Text.Json.Nodes;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A scaling law through the results of other steps.</summary>
public sealed class FitStep : StudyStep
{
    private readonly FitRequest request;

    internal FitStep(string name, Place place, FitRequest request)
        : base(name, place) => this.request = request;

    public override string Kind => "fit";

    public override IReadOnlyList<StudyStep> Needs => [.. request.Of.Select(each => each.Step).Distinct()];

    internal override bool TakesSome => true;

    /// <summary>A fit takes a second or two, and is worked out anew from what there is.</summary>
    internal override StepResult? Find(StudyContext context) => null;

    internal override StepResult Do(StudyContext context)
    {
        (string? Label, StudyStep Step)[] there = [.. request.Of.Where(each => context.FindResult(each.Step) is not null)];
        DataTable table = ResultsTable.Of(Name, there.Select(each => (each.Step.Name, each.Label, context.ResultOf(each.Step))));
        try
        {
            if (request.Where is { } where)
                table = TableFilter.Parse("where", where).Apply(table);
            LawData data = LawDataReader.Read(request.Law, table, request.Columns);
            IReadOnlyList<int> diverged = RowSelection.Diverged(request.Law, data);
            if (request.DropDiverged)
                data = RowSelection.Without(data, diverged);
            LawFit fit = LawFitting.Fit(request.Law, data, request.Options, context.Cancellation);
            JsonNode json = FitDocument.Of(fit, request.Options, [.. diverged.Select(row => table.Rows[row].Name)], request.DropDiverged && diverged.Count > 0, []);
            return new FitResult(fit, json, [.. request.Of.Where(each => !there.Contains(each)).Select(each => each.Step.Name).Distinct()]);
        }
        catch (InputException e)
        {
            throw Place.Error(e.Message, e);
        }
    }

    internal override StepEstimate Estimate(EstimateContext context) => StepEstimate.Nothing;
}
