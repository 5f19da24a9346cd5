using System.Globalization;
using Ilgpu.Pretrain.Distillation;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How runs that are trained side by side, and corpora that are sampled beside them, come along: one line for all, and a line for each that ends. From any thread.</summary>
internal sealed class SideBySideReport(TextWriter words) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<Member> members = [];
    private readonly List<Sampler> samplers = [];
    private readonly ProgressLine line = new(words);

    /// <summary>What one run tells.</summary>
    /// <param name="name">Short, for the line of all.</param>
    /// <param name="steps">That it will take.</param>
    public ITrainingProgress Add(string name, long steps)
    {
        lock (gate)
        {
            var member = new Member(this, name, steps);
            members.Add(member);
            return member;
        }
    }

    /// <summary>What the sampling of a corpus tells.</summary>
    /// <param name="name">Short, for the line of all.</param>
    public IProgress<SamplingProgress> AddSampling(string name) => new Sampler(this, name);

    /// <summary>A line that stays.</summary>
    public void Say(string text)
    {
        lock (gate)
            line.WriteAbove(text);
    }

    public void Dispose() => line.Dispose();

    private void Update()
    {
        if (!line.IsDue())
            return;
        string working = string.Join("  ", members.Where(member => member.IsWorking).Select(member => member.Describe()).Concat(samplers.Select(sampler => sampler.Describe())));
        if (members.Count == 0)
        {
            line.Rewrite(samplers.Average(sampler => sampler.Share), working);
            return;
        }

        double share = members.Sum(member => (double)member.Step) / members.Sum(member => member.Steps);
        string text = string.Create(CultureInfo.InvariantCulture, $"{share:0%}  {members.Count(member => member.Step == member.Steps)} of {members.Count} runs done  {working}");
        line.Rewrite(share, text);
    }

    private sealed class Sampler(SideBySideReport report, string name) : IProgress<SamplingProgress>
    {
        private SamplingProgress? last;

        public double Share => last?.Share ?? 0;

        public string Describe() => $"{name}: {SamplingReport.Describe(last!.Value)}";

        public void Report(SamplingProgress value)
        {
            lock (report.gate)
            {
                if (last is null)
                    report.samplers.Add(this);
                last = value;
                if (value.Tokens < value.Total)
                {
                    report.Update();
                    return;
                }

                report.samplers.Remove(this);
                report.line.WriteAbove(string.Create(CultureInfo.InvariantCulture, $"{name}: sampled {value.Total:N0} tokens, {Units.Count(value.TokensPerSecond)} tokens/s"));
            }
        }
    }

    private sealed class Member(SideBySideReport report, string name, long steps) : ITrainingProgress
    {
        private double loss = double.NaN;

        public long Steps => steps;

        public long Step { get; private set; }

        public bool IsWorking { get; private set; }

        public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{name}: step {Step}/{steps} loss {loss:0.000}");

        public void OnStart(TrainingStart start)
        {
            lock (report.gate)
            {
                Step = start.FromStep;
                IsWorking = true;
                if (start.FromStep > 0)
                    report.line.WriteAbove($"{name}: resumed at step {start.FromStep} of {start.Steps}");
            }
        }

        public void OnStep(in TrainingProgress progress)
        {
            lock (report.gate)
            {
                Step = progress.Step;
                loss = progress.SmoothedLoss;
                report.Update();
            }
        }

        public void OnEvaluation(long step, ValidationScore evaluation)
        {
            lock (report.gate)
            {
                if (step == steps)
                    IsWorking = false;
                report.line.WriteAbove(string.Create(CultureInfo.InvariantCulture, $"{name}, step {step}: validation loss {evaluation.Loss:0.0000} nats a token, {evaluation.BitsPerByte:0.0000} bits per byte"));
            }
        }

        public void OnDivergence(TrainingDivergedException divergence)
        {
            lock (report.gate)
            {
                IsWorking = false;
                report.line.WriteAbove($"{name}: diverged. {divergence.Message}");
            }
        }

        public void OnNotice(string notice)
        {
            lock (report.gate)
                report.line.WriteAbove($"{name}: {notice}");
        }
    }
}
