using BenchmarkDotNet.Running;
using Ilgpu.Pretrain.Bench;

if (args is [CompareMatmul.Verb, .. string[] rest])
    return CompareMatmul.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
