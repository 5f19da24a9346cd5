using System.Globalization;
using System.Runtime.InteropServices;
using Ilgpu.Pretrain.Kernels;

namespace Ilgpu.Pretrain.Training;

/// <summary>environment.json: what worked on a run, one entry a process.</summary>
public sealed record RunEnvironment(IReadOnlyList<RunSession> Sessions);

/// <summary>One process's work on a run: what does not decide the result, but might explain it.</summary>
public sealed record RunSession
{
    public required string Started { get; init; }

    /// <summary>Optimizer steps that had been taken before.</summary>
    public required long FromStep { get; init; }

    /// <summary>Where the dataset lay; what it is, the configuration's hash tells.</summary>
    public required string DatasetFolder { get; init; }

    /// <summary>Where the dataset lay that was mixed in, or null.</summary>
    public string? MixedFolder { get; init; }

    /// <summary>Where the run lay that this one started from, or null.</summary>
    public string? StartFolder { get; init; }

    /// <summary>Where the runs lay whose predictions the training followed, or null.</summary>
    public IReadOnlyList<string>? TeacherFolders { get; init; }

    /// <summary>The tokenizer's name, or its file's in the run's folder.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>The id behind each document, or null where the dataset has none.</summary>
    public required int? Separator { get; init; }

    public required string Device { get; init; }

    public required string DeviceName { get; init; }

    public required string VectorInstructions { get; init; }

    /// <summary>Worker threads of the CPU device, multiprocessors of a GPU.</summary>
    public required int Threads { get; init; }

    /// <summary><c>package</c> or <c>standin</c>.</summary>
    public required string Ilgpu { get; init; }

    public required int NumericsVersion { get; init; }

    public required string Runtime { get; init; }

    public required string OperatingSystem { get; init; }

    public required TrainingOptions Options { get; init; }

    public static RunSession Of(Device device, TrainingSources sources, TrainingOptions options, long fromStep) => new()
    {
        Started = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        FromStep = fromStep,
        DatasetFolder = sources.Dataset.Folder,
        MixedFolder = sources.Mixed?.Folder,
        StartFolder = sources.StartFolder is { } start ? Path.GetFullPath(start) : null,
        TeacherFolders = sources.Teachers.Count == 0 ? null : [.. sources.Teachers.Select(teacher => Path.GetFullPath(teacher.Folder))],
        Tokenizer = sources.Dataset.Tokenizer.Name,
        Separator = sources.Dataset.Separator,
        Device = device.Description.Specification,
        DeviceName = device.Description.Name,
        VectorInstructions = Processor.VectorInstructions,
        Threads = device.Threads,
        Ilgpu = IlgpuRuntime.Kind,
        NumericsVersion = Numerics.Version,
        Runtime = RuntimeInformation.FrameworkDescription,
        OperatingSystem = RuntimeInformation.OSDescription,
        Options = options,
    };

    /// <summary>In which hardware or ILGPU the other differs, as one line, or null.</summary>
    public string? DifferenceTo(RunSession other)
    {
        string[] differences =
        [
            .. Compare("device", DeviceName, other.DeviceName),
            .. Compare("vector instructions", VectorInstructions, other.VectorInstructions),
            .. Compare("threads", $"{Threads}", $"{other.Threads}"),
            .. Compare("ILGPU", Ilgpu, other.Ilgpu),
        ];
        return differences.Length == 0 ? null : string.Join("; ", differences);
    }

    private static IEnumerable<string> Compare(string what, string mine, string theirs) =>
        mine == theirs ? [] : [$"{what}: {mine}, now {theirs}"];
}
