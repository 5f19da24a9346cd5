using System.Globalization;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Distillation;

namespace Ilgpu.Pretrain.Cli.Output;

/// <summary>How sampling of a corpus comes along: a live line on a terminal, now and then a plain one elsewhere.</summary>
internal sealed class SamplingReport(TextWriter words) : IProgress<SamplingProgress>, IDisposable
{
    private readonly ProgressLine line = new(words);
    private bool sampled;

    public void Report(SamplingProgress value)
    {
        sampled = true;
        if (line.IsDue())
            line.Rewrite(value.Share, Describe(value));
    }

    /// <param name="corpus">That came of it, or was found.</param>
    /// <param name="source">What it was made of.</param>
    public void OnEnd(TokenDataset corpus, SyntheticSource source)
    {
        line.Dispose();
        words.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(sampled ? "Sampled" : "Found")} {corpus.Train.Length:N0} tokens in {corpus.Manifest.Train.Documents:N0} documents, {Units.Count(source.TokensPerSecond)} tokens/s; {corpus.Folder}"));
    }

    public void Dispose() => line.Dispose();

    /// <summary>How far it is, at which rate, and what is left.</summary>
    public static string Describe(SamplingProgress value)
    {
        string left = value.TokensPerSecond > 0 ? $"  {Units.Duration(TimeSpan.FromSeconds((value.Total - value.Tokens) / value.TokensPerSecond))} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"sampling  {value.Share:0%}  {Units.Count(value.Tokens)} of {Units.Count(value.Total)} tokens  {Units.Count(value.TokensPerSecond)} tokens/s{left}");
    }
}
