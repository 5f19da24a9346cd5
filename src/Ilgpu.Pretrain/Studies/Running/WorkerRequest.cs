using System.Text.Json;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Studies;

/// <summary>A line to a worker process: a run to train, or, without one, the wish that it saves and leaves the run it has.</summary>
internal sealed record WorkerRequest(StudyTraining? Training)
{
    public string ToLine() => JsonSerializer.Serialize(this, RunJson.Compact);

    /// <exception cref="JsonException">It is not such a line.</exception>
    public static WorkerRequest Parse(string line) => JsonSerializer.Deserialize<WorkerRequest>(line, RunJson.Compact) ?? throw new JsonException("it is null");
}
