using Ilgpu.Pretrain.Bench;

if (args is [CompareMatmul.Verb, .. string[] rest])
    return CompareMatmul.Run(rest);
if (args is [MeasureStep.Verb, .. string[] others])
    return MeasureStep.Run(others);
return Benchmarks.Run(args);
