using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Ensembling;

/// <summary>Takes a batch of all members' final hidden states.</summary>
/// <param name="batch">Of the validation reader.</param>
/// <param name="hidden">Of each member, tokens x its width.</param>
/// <param name="heads">Of each member, vocabulary x its width.</param>
/// <param name="targets">1 x tokens; each in [-1, vocabulary).</param>
internal delegate void MemberStatesVisitor(int batch, IReadOnlyList<Tensor<float>> hidden, IReadOnlyList<Tensor<float>> heads, Tensor<int> targets);
