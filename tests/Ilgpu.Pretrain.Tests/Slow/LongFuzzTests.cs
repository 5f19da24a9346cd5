using Ilgpu.Pretrain.Tests.Fuzzing;

namespace Ilgpu.Pretrain.Tests.Slow;

/// <summary>Many more spoilt files. By tests/slow.sh, not by dotnet test.</summary>
[Trait("Speed", "slow")]
public sealed class LongFuzzTests
{
    private const int Mutations = 100_000;

    [Fact(Explicit = true)]
    public void A_hundred_thousand_spoilt_files_are_taken_or_refused_in_one_line() => FuzzTests.Run(Mutations, Environment.TickCount);
}
