using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// What measuring an ensemble costs beside measuring its members one by one, resident and streamed, in turns:
/// <c>measure-ensemble VALIDATION-TOKENS RUN...</c>.
/// </summary>
internal static class MeasureEnsemble
{
    public const string Verb = "measure-ensemble";

    private const int Rounds = 3;

    public static int Run(string[] args)
    {
        if (args is not [var count, _, ..] || !long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long tokens))
        {
            Console.Error.WriteLine("usage: measure-ensemble VALIDATION-TOKENS RUN...");
            return 2;
        }

        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open(args[1..]);
        using TokenDataset dataset = TokenDataset.Open(RunFolder.DatasetOf(members[0].Folder));
        using var device = Device.OpenCpu();
        double alone = double.PositiveInfinity;
        double resident = double.PositiveInfinity;
        double streamed = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            alone = Math.Min(alone, members.Sum(member => SecondsAlone(member, dataset, tokens, device)));
            resident = Math.Min(resident, SecondsTogether(members, dataset, tokens, device, MemberResidency.Resident));
            streamed = Math.Min(streamed, SecondsTogether(members, dataset, tokens, device, MemberResidency.Streamed));
        }

        LlamaConfig model = members[0].Config.Model;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor.Name}, {device.Threads} threads, {IlgpuRuntime.Kind}; {members.Count} members of {model.ParameterCount:N0} parameters (hidden {model.Hidden}, vocabulary {model.Vocabulary}), {tokens:N0} tokens, best of {Rounds} rounds in turns: one by one {alone:0.00} s, resident {resident:0.00} s ({resident / alone:0.000}x), streamed {streamed:0.00} s ({streamed / alone:0.000}x)"));
        return 0;
    }

    /// <summary>Loading the checkpoint included, as it is for the ensemble.</summary>
    private static double SecondsAlone(EnsembleMember member, TokenDataset dataset, long tokens, Device device)
    {
        long start = Stopwatch.GetTimestamp();
        using LlamaModel model = member.Load(device, member.Config.Batch);
        new Evaluator(model, dataset, tokens).Evaluate();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double SecondsTogether(IReadOnlyList<EnsembleMember> members, TokenDataset dataset, long tokens, Device device, MemberResidency residency) =>
        new EnsembleEvaluator(members, dataset, tokens, device, new EnsembleEvaluationOptions { Residency = residency }).Evaluate().Seconds;
}
