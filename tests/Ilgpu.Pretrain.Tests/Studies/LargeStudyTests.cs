using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>The whole of the paper as one file: what it takes is there, and stands for the steps that it should.</summary>
public sealed class LargeStudyTests : IDisposable
{
    private const string Paper = """
        foreach:
          size: [mini-xs, mini-s, mini-m, mini-l]
          budget: {50k: 51200, 100k: 102400}

        datasets:
          docs: {source: dotnet-docs, tokenizer: "bpe:1024"}
          domain: {source: "${CORPORA}/domain.jsonl", tokenizer-of: docs, optional: true}

        recipes:
          base: {data: docs, model: $size, tokens: $budget, val-tokens: 131072, batch: 4, length: 128, seed: 1}

        grids:
          standard: {lr: [1e-3, 3e-3, 1e-2], epochs: [2, 4, 8]}
          regularised: {lr: [1e-3, 3e-3, 1e-2], epochs: [4, 8, 16, 32], wd: [.4, .8, 1.6, 3.2]}

        tunings:
          standard-$size-$budget: {recipe: base, grid: standard, lr: 3e-3, epochs: 4, wd: .1}
          regularised-$size-$budget: {recipe: base, grid: regularised, lr: 3e-3, epochs: 8, wd: 1.6}

        ensembles:
          ensemble-$size-$budget: {tuning: regularised-$size-$budget, epochs: x2, wd: x.5, members: 5}
          onward: {of: continued}

        distillations:
          student: {teacher: ensemble-mini-l-50k, tuning: standard-mini-l-50k, epochs: 16, synthetic: {weight: .9}}
          small-student: {teacher: ensemble-mini-l-50k, tuning: standard-mini-s-50k, epochs: 16, synthetic: {weight: .9}}
          self: {teacher: regularised-mini-l-50k, tuning: standard-mini-l-50k, synthetic: {weight: .75}}

        continued:
          continued: {from: ensemble-mini-l-50k, data: domain, lr: 1e-3, wd: .1, epochs: 4, replay: .1}

        fits:
          regularised-in-n: {law: power, of: "regularised-*-50k", columns: {N: n}}
          limits: {law: joint, of: ensemble-*, columns: {N: n, K: k, D: u}}
          efficiency:
            law: data-efficiency
            of: {standard: standard-*, regularised: regularised-*, ensemble: ensemble-*, joint: limits}
            where: what!=asymptote in K
            columns: {D: u}
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_can_be_written_and_every_name_stands_for_its_steps()
    {
        Study study = Study.Read(folder.Write("paper.yaml", Paper));
        Assert.Equal(
            [("dataset", 2), ("continued", 1), ("distillation", 3), ("ensemble", 9), ("fit", 3), ("tuning", 16)],
            study.Steps.GroupBy(step => step.Kind).Select(kind => (kind.Key, kind.Count())).OrderBy(kind => kind.Key == "dataset" ? "" : kind.Key, StringComparer.Ordinal));
        StudyStep efficiency = study.Steps.Single(step => step.Name == "efficiency");
        // Both recipes' tunings but the students', the ensembles but the continued one, and the limits.
        Assert.Equal(8 + 8 + 8 + 1, efficiency.Needs.Count(need => need.Kind is "tuning" or "ensemble" or "fit"));
        Assert.Equal(4, study.Steps.Single(step => step.Name == "regularised-in-n").Needs.Count);
    }
}
