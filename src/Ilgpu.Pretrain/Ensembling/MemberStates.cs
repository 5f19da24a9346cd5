using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Decides how members are held, and opens them so.</summary>
internal static class MemberStates
{
    /// <summary>Of a device's memory, what members may take before they are streamed: other things need room too.</summary>
    private const double ResidentShare = .8;

    /// <summary>Bytes of device memory that all members take at once.</summary>
    public static long ResidentBytes(IReadOnlyList<EnsembleMember> members, int batch) =>
        members.Sum(member => ModelPlan.Of(member.Config.Model, new LlamaModelOptions(batch, member.Config.Length)).Total);

    /// <param name="members">Of the ensemble.</param>
    /// <param name="reader">Of what they are shown.</param>
    /// <param name="device">Where they go.</param>
    /// <param name="options">Which may say how.</param>
    /// <param name="otherBytes">Device memory that is taken beside the members.</param>
    public static MemberResidency ResidencyOf(IReadOnlyList<EnsembleMember> members, ValidationReader reader, Device device, EnsembleEvaluationOptions options, long otherBytes) =>
        options.Residency != MemberResidency.Auto ? options.Residency
        : ResidentBytes(members, reader.Batch) + otherBytes <= ResidentShare * device.Description.MemoryBytes ? MemberResidency.Resident
        : MemberResidency.Streamed;

    public static IMemberStates Open(IReadOnlyList<EnsembleMember> members, ValidationReader reader, Device device, EnsembleEvaluationOptions options, MemberResidency residency) =>
        residency == MemberResidency.Resident
            ? new ResidentMembers(members, reader, device, options)
            : new StreamedMembers(members, reader, device, options);
}
