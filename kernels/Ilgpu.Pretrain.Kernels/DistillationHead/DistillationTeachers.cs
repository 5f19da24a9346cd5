namespace Ilgpu.Pretrain.Kernels;

/// <summary>What <see cref="DistillationHead{T}"/> reads of the teachers, and its room for a chunk of their logits.</summary>
/// <param name="Hidden">Of each teacher, tokens x its width: the final norm's output.</param>
/// <param name="Heads">Of each teacher, vocabulary x its width.</param>
/// <param name="Logits">Scratch of chunk x vocabulary.</param>
/// <param name="MemberLogits">Scratch as large as <paramref name="Logits"/>; that itself where there is one teacher.</param>
/// <typeparam name="T">Elements of hidden states and heads.</typeparam>
public sealed record DistillationTeachers<T>(Tensor<T>[] Hidden, Tensor<T>[] Heads, Tensor<float> Logits, Tensor<float> MemberLogits)
    where T : unmanaged;
