using Ilgpu.Pretrain.Benchmarking;

namespace Ilgpu.Pretrain.Bench;

/// <summary>One measurement of the GPU check.</summary>
/// <param name="Group">matmul, attention or memory.</param>
/// <param name="Name">What it computes, with its shape.</param>
/// <param name="Elements">fp32 or bf16.</param>
/// <param name="Flops">That the result needs, whatever a kernel repeats.</param>
/// <param name="Bytes">That have to move between memory and chip at least: each tensor once.</param>
/// <param name="Prepare">Allocates, and gives what to launch and the class whose kernels are launched.</param>
internal sealed record GpuCase(string Group, string Name, string Elements, double Flops, double Bytes, Func<OpMemory, (Action Launch, object Op)> Prepare);
