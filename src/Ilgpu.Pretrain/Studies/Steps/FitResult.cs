using System.Text.Json.Nodes;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A fitted law.</summary>
/// <param name="Fit">With all there is to know.</param>
/// <param name="Json">As <c>pretrain fit --json</c> prints it.</param>
/// <param name="LeftOut">Steps that were skipped.</param>
public sealed record FitResult(LawFit Fit, JsonNode Json, IReadOnlyList<string> LeftOut) : StepResult
{
    public override string Summary
    {
        get
        {
            string parameters = string.Join(", ", Fit.Estimate.Parameters.Select(each => FormattableString.Invariant($"{each.Key} {each.Value:G4}")));
            return $"{Fit.Law.Name}: {parameters}; {Fit.Points} points{(LeftOut.Count == 0 ? "" : $", without {string.Join(", ", LeftOut)}")}";
        }
    }
}
