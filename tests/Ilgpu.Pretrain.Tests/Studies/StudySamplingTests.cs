using System.Collections.Concurrent;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Studies;

namespace Ilgpu.Pretrain.Tests.Studies;

/// <summary>How a study's text is sampled on its slots.</summary>
public sealed class StudySamplingTests
{
    private const string Students = """
        ensembles:
          pair: {recipe: base, seed: 1, members: 2}
        distillations:
          slow: {teacher: pair, recipe: base, lr: 3e-3, synthetic: {weight: .5, tokens: 10000}}
          fast: {teacher: pair, recipe: base, lr: 3e-2, synthetic: {weight: .5, tokens: 10000}}

        """;

    [Fact]
    public void All_slots_sample_a_text_that_two_students_wait_for()
    {
        using var study = new TestStudy();
        var profiles = new ConcurrentBag<LaunchProfile>();
        using (var scheduler = new LocalScheduler(2, () => Profiled(profiles)))
        {
            StudyOutcome outcome = StudyRunner.Run(Study.Read(study.Write(Students)), study.Options, ComputePrecision.Fp32, scheduler, TestContext.Current.CancellationToken);
            Assert.All(outcome.Steps.Where(step => step.Step.Kind == "distillation"), step => Assert.Equal(StepState.Done, step.State));
        }

        Assert.Equal(2, profiles.Count);
        Assert.All(profiles, profile => Assert.True(profile.ByOp.Single(op => op.Op.StartsWith("Sampling", StringComparison.Ordinal)).Launches > 0));
        using TokenDataset corpus = TokenDataset.Open(Assert.Single(Directory.GetDirectories(Path.Combine(study.Out, "synthetic"))), verify: true);
        Assert.Equal(10000, corpus.Train.Length);
    }

    private static Device Profiled(ConcurrentBag<LaunchProfile> profiles)
    {
        var device = Device.OpenCpu(1);
        LaunchProfile profile = device.ProfileLaunches();
        profile.IsOn = true;
        profiles.Add(profile);
        return device;
    }
}
