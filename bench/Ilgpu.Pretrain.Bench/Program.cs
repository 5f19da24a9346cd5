using Ilgpu.Pretrain.Bench;

if (args is [CompareMatmul.Verb, .. string[] rest])
    return CompareMatmul.Run(rest);
return Benchmarks.Run(args);
