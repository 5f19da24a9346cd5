namespace Ilgpu.Pretrain.Data;

/// <summary>What was written of a dataset.</summary>
/// <param name="Train">Its training part.</param>
/// <param name="Validation">What is held out.</param>
/// <param name="TokensSha256">Of <see cref="DatasetFiles.Tokens"/>.</param>
/// <param name="DocumentsSha256">Of <see cref="DatasetFiles.Documents"/>.</param>
internal sealed record WrittenDataset(DatasetPart Train, DatasetPart Validation, string TokensSha256, string DocumentsSha256);
