using Ilgpu.Pretrain.Cli.Verbs;
using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>A fit as JSON.</summary>
internal static class FitJson
{
    public static void Print(LawFit fit, FitOptions options, FitInput input) =>
        JsonOutput.Print(FitDocument.Of(fit, options, input.Diverged, input.LeftOutDiverged, input.Highest));
}
