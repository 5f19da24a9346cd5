using Ilgpu.Pretrain.Bench;

if (args is [CompareMatmul.Verb, .. string[] rest])
    return CompareMatmul.Run(rest);
if (args is [MeasureStep.Verb, .. string[] others])
    return MeasureStep.Run(others);
if (args is [MeasureEnsemble.Verb, .. string[] runs])
    return MeasureEnsemble.Run(runs);
if (args is [MeasureSampling.Verb, .. string[] sampled])
    return MeasureSampling.Run(sampled);
if (args is [MeasureTokenizer.Verb, .. string[] texts])
    return MeasureTokenizer.Run(texts);
if (args is [CompareLlmc.Verb, .. string[] trainers])
    return CompareLlmc.Run(trainers);
if (args is [MeasureScaling.Verb, .. string[] extents])
    return MeasureScaling.Run(extents);
if (args is [{ } verb, .. string[] options] && GpuVerbs.Find(verb) is { } gpu)
    return gpu(options);
if (args is [Ceilings.Verb, .. string[] floors])
    return Ceilings.Run(floors);
return Benchmarks.Run(args);
