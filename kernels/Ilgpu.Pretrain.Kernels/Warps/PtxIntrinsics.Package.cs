using System.Globalization;
using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Types;
using ILGPU.IR.Values;
using CompoundRegister = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>.CompoundRegister;
using HardwareRegister = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>.HardwareRegister;

namespace Ilgpu.Pretrain.Kernels;

/// <summary>The PTX of the instructions that ILGPU has no method for. Each stands beside a method with a plain .NET body.</summary>
internal static class PtxIntrinsics
{
    private static readonly (Type Owner, string Method, string Generator)[] Methods =
    [
        (typeof(WarpLanes), nameof(WarpLanes.ShuffleXor), nameof(ShuffleXor)),
        (typeof(WarpLanes), nameof(WarpLanes.Broadcast), nameof(Broadcast)),
        (typeof(WarpLanes), nameof(WarpLanes.Sum), nameof(Sum)),
        (typeof(WarpLanes), nameof(WarpLanes.Max), nameof(Max)),
        (typeof(Approximate), nameof(Approximate.Reciprocal), nameof(Reciprocal)),
        (typeof(BFloat16Pair), nameof(BFloat16Pair.Pack), nameof(Pack)),
        (typeof(Exponential), nameof(Exponential.Base2), nameof(Base2)),
        (typeof(Exponential), nameof(Exponential.Base2AtMostOne), nameof(Base2AtMostOne)),
        (typeof(WarpMatrices), nameof(WarpMatrices.MultiplyAdd), nameof(MultiplyAdd)),
        (typeof(WarpMatrices), nameof(WarpMatrices.Load), nameof(Load)),
        (typeof(WarpMatrices), nameof(WarpMatrices.LoadTransposed), nameof(LoadTransposed)),
        (typeof(WarpMatrices), nameof(WarpMatrices.LoadAfter), nameof(LoadAfter)),
        (typeof(WarpMatrices), nameof(WarpMatrices.LoadTransposedAfter), nameof(LoadTransposedAfter)),
        (typeof(AsyncCopy), nameof(AsyncCopy.Copy16), nameof(Copy16)),
        (typeof(AsyncCopy), nameof(AsyncCopy.Commit), nameof(Commit)),
        (typeof(AsyncCopy), nameof(AsyncCopy.Wait), nameof(Wait)),
    ];

    /// <summary>Has to come before a kernel of the context is compiled for a GPU.</summary>
    public static void Register(Context context)
    {
        IntrinsicImplementationManager manager = context.GetIntrinsicManager();
        foreach ((Type owner, string method, string generator) in Methods)
        {
            MethodInfo target = owner.GetMethod(method, BindingFlags.Static | BindingFlags.Public)!;
            manager.RegisterMethod(target, new PTXIntrinsic(typeof(PtxIntrinsics), generator, IntrinsicImplementationMode.GenerateCode));
        }
    }

    private static void ShuffleXor(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string mask = Operand(generator, value, 1);
        Append(generator, $"shfl.sync.bfly.b32 {Result(generator, value)}, {Operand(generator, value, 0)}, {mask}, 31, 0xffffffff");
    }

    private static void Broadcast(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string lane = Operand(generator, value, 1);
        Append(generator, $"shfl.sync.idx.b32 {Result(generator, value)}, {Operand(generator, value, 0)}, {lane}, 31, 0xffffffff");
    }

    private static void Sum(PTXBackend backend, PTXCodeGenerator generator, Value value) => Reduce(generator, value, "add.f32");

    private static void Max(PTXBackend backend, PTXCodeGenerator generator, Value value) => Reduce(generator, value, "max.f32");

    private static void Reciprocal(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string operand = Operand(generator, value, 0);
        Append(generator, $"rcp.approx.ftz.f32 {Result(generator, value)}, {operand}");
    }

    private static void Pack(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        // The first source is the high half.
        Append(generator, $"cvt.rn.bf16x2.f32 {Result(generator, value)}, {Operand(generator, value, 1)}, {Operand(generator, value, 0)}");

    private static void Base2(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        Append(generator, $"ex2.approx.ftz.f32 {Result(generator, value)}, {Operand(generator, value, 0)}");

    private static void Base2AtMostOne(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string exponent = Operand(generator, value, 0);
        string result = Result(generator, value);
        Append(generator, $"min.NaN.f32 {result}, {exponent}, 0f00000000");
        Append(generator, $"ex2.approx.ftz.f32 {result}, {result}");
    }

    private static void MultiplyAdd(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string[] operands = [.. Enumerable.Range(0, 10).Select(index => Operand(generator, value, index))];
        string a = string.Join(", ", operands[..4]);
        string b = string.Join(", ", operands[4..6]);
        string c = string.Join(", ", operands[6..]);
        Append(generator, $"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {{{Results(generator, value)}}}, {{{a}}}, {{{b}}}, {{{c}}}");
    }

    private static void Load(PTXBackend backend, PTXCodeGenerator generator, Value value) => LoadFour(generator, value, string.Empty);

    private static void LoadTransposed(PTXBackend backend, PTXCodeGenerator generator, Value value) => LoadFour(generator, value, ".trans");

    private static void LoadAfter(PTXBackend backend, PTXCodeGenerator generator, Value value) => LoadFour(generator, value, string.Empty, 16 * Constant(value[1]));

    private static void LoadTransposedAfter(PTXBackend backend, PTXCodeGenerator generator, Value value) => LoadFour(generator, value, ".trans", 16 * Constant(value[1]));

    private static void LoadFour(PTXCodeGenerator generator, Value value, string transposed, int bytes = 0)
    {
        string address = Address(generator, value[0], MemoryAddressSpace.Shared);
        Append(generator, string.Create(CultureInfo.InvariantCulture, $"ldmatrix.sync.aligned.m8n8.x4{transposed}.shared.b16 {{{Results(generator, value)}}}, [{address}+{bytes}]"));
    }

    private static void Copy16(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string target = Address(generator, value[0], MemoryAddressSpace.Shared);
        string source = Address(generator, value[1], MemoryAddressSpace.Global);
        Append(generator, $"cp.async.cg.shared.global [{target}], [{source}], 16, {Operand(generator, value, 2)}");
    }

    private static void Commit(PTXBackend backend, PTXCodeGenerator generator, Value value) => Append(generator, "cp.async.commit_group");

    private static void Wait(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        Append(generator, string.Create(CultureInfo.InvariantCulture, $"cp.async.wait_group {Constant(value[0])}"));

    private static void Reduce(PTXCodeGenerator generator, Value value, string instruction)
    {
        string result = Result(generator, value);
        HardwareRegister other = generator.AllocateRegister(BasicValueType.Float32, PTXRegisterKind.Float32);
        Append(generator, $"mov.f32 {result}, {Operand(generator, value, 0)}");
        for (int distance = WarpPad.Lanes / 2; distance > 0; distance /= 2)
        {
            Append(generator, string.Create(CultureInfo.InvariantCulture, $"shfl.sync.bfly.b32 {Name(other)}, {result}, {distance}, 31, 0xffffffff"));
            Append(generator, $"{instruction} {result}, {result}, {Name(other)}");
        }

        generator.FreeRegister(other);
    }

    /// <summary>What an instruction takes as a part of itself: the groups of copies to leave under way, the distance of an address.</summary>
    private static int Constant(Value value) => value.Resolve() is PrimitiveValue constant
        ? constant.Int32Value
        : throw new InvalidOperationException("An operand that is a part of its instruction has to be a constant.");

    /// <summary>A register with the address that a pointer has in its own space, as the instruction wants it.</summary>
    private static string Address(PTXCodeGenerator generator, Value pointer, MemoryAddressSpace space)
    {
        Value original = pointer.Resolve();
        while (original is AddressSpaceCast cast)
            original = cast.Value.Resolve();
        if (original.Type is AddressSpaceType type && type.AddressSpace == space)
            return Name(generator.LoadHardware(original));
        HardwareRegister converted = generator.AllocateRegister(BasicValueType.Int64, PTXRegisterKind.Int64);
        string name = space == MemoryAddressSpace.Shared ? "shared" : "global";
        Append(generator, $"cvta.to.{name}.u64 {Name(converted)}, {Name(generator.LoadHardware(pointer))}");
        return Name(converted);
    }

    /// <summary>An operand in a register: these instructions take no immediate.</summary>
    private static string Operand(PTXCodeGenerator generator, Value value, int index) =>
        Name(generator.EnsureHardwareRegister(generator.LoadPrimitive(value[index])));

    private static string Result(PTXCodeGenerator generator, Value value) => Name((HardwareRegister)generator.Allocate(value));

    private static string Results(PTXCodeGenerator generator, Value value)
    {
        var result = (CompoundRegister)generator.Allocate(value);
        return string.Join(", ", Enumerable.Range(0, result.NumChildren).Select(index => Name((HardwareRegister)result.Children[index])));
    }

    private static string Name(HardwareRegister register) => "%" + PTXRegisterAllocator.GetStringRepresentation(register);

    private static void Append(PTXCodeGenerator generator, string instruction) =>
        generator.Builder.Append('\t').Append(instruction).AppendLine(";");
}
