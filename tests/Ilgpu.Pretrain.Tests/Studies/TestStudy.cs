using System.Text;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>A study of tiny runs on a tiny text, in a folder that goes when the test ends.</summary>
internal sealed class TestStudy : IDisposable
{
    /// <summary>Two epochs of eight steps a run; <c>data: lost</c> has no source.</summary>
    public const string Head = """
        name: test
        options: {checkpoint-minutes: 0}
        datasets:
          text: {source: text, validation-share: .2}
          lost: {source: nowhere, optional: true}
          gone: {source: nowhere-either}
        models:
          tiny: {hidden: 16, mlp: 24, layers: 2, heads: 2, kv-heads: 1, context: 16}
        recipes:
          base: {data: text, model: tiny, tokens: 521, batch: 4, length: 16, epochs: 2, lr: 1e-2, warmup: .1}

        """;

    private readonly TemporaryFolder folder = new();

    private readonly string moreDatasets;

    /// <param name="moreDatasets">Lines of the file, or none.</param>
    public TestStudy(string moreDatasets = "")
    {
        this.moreDatasets = moreDatasets;
        WriteText("text", "Item ", ": a line to be learnt.");
        WriteText("more", "Thing ", ", and this is what comes later.");
    }

    public RecordingStudyProgress Progress { get; } = new();

    public string Out => folder["runs"];

    public RunStore Store => new(Out);

    public string this[string name] => folder[name];

    public string Write(string steps) => folder.Write("study.yaml", Head.Replace("models:\n", moreDatasets + "models:\n", StringComparison.Ordinal) + steps);

    public StudyOptions Options => new() { Out = Out, Progress = Progress };

    private void WriteText(string name, string begin, string end)
    {
        for (int document = 0; document < 8; document++)
        {
            var text = new StringBuilder();
            for (int line = 0; line < 6; line++)
                text.Append(begin).Append(document).Append(" of ").Append(line * document).Append(end).Append('\n');
            folder.Write(Path.Combine(name, $"{document}.txt"), text.ToString());
        }
    }

    public StudyOutcome Run(string steps, StudyOptions? options = null, CancellationToken? cancellation = null, int slots = 2)
    {
        using var scheduler = new LocalScheduler(slots, () => Device.OpenCpu(1));
        return StudyRunner.Run(Study.Read(Write(steps)), options ?? Options, ComputePrecision.Fp32, scheduler, cancellation ?? TestContext.Current.CancellationToken);
    }

    public IReadOnlyList<StepReport> Status(string steps, StudyOptions? options = null) => StudyRunner.Status(Study.Read(Write(steps)), options ?? Options, ComputePrecision.Fp32);

    public StudyEstimate Estimate(string steps, int slots = 1) =>
        StudyEstimate.Of(Study.Read(Write(steps)), Options, ComputePrecision.Fp32, slots, () => Device.OpenCpu(1), TestContext.Current.CancellationToken);

    public void Dispose() => folder.Dispose();
}
