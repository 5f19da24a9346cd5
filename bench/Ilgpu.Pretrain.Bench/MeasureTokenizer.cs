using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tokenization;

namespace Ilgpu.Pretrain.Bench;

/// <summary>
/// How fast a tokenizer encodes text that it has not seen before, on one thread: <c>measure-tokenizer TOKENIZER FOLDER</c>.
/// Every file is encoded once; the first one, which lets the code be compiled, is not counted.
/// </summary>
internal static class MeasureTokenizer
{
    public const string Verb = "measure-tokenizer";

    public static int Run(string[] args)
    {
        if (args is not [var name, var folder] || !Directory.Exists(folder))
        {
            Console.Error.WriteLine("usage: measure-tokenizer TOKENIZER FOLDER");
            return 2;
        }

        var loading = Stopwatch.StartNew();
        var tokenizer = Tokenizer.Load(name);
        loading.Stop();
        byte[][] texts = [.. Directory.GetFiles(folder, "*.txt").Concat(Directory.GetFiles(folder, "*.md")).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        if (texts.Length < 2)
        {
            Console.Error.WriteLine($"{folder} has {texts.Length} texts; 2 are the least");
            return 2;
        }

        var ids = new ArrayBufferWriter<int>(texts.Max(text => text.Length));
        WarmUp(tokenizer, texts[0], ids);
        long bytes = 0;
        long tokens = 0;
        var encoding = new Stopwatch();
        foreach (byte[] text in texts.Skip(1))
        {
            ids.ResetWrittenCount();
            encoding.Start();
            tokenizer.Encode(text, ids);
            encoding.Stop();
            bytes += text.Length;
            tokens += ids.WrittenCount;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Processor.Name}: {tokenizer.Description}, {tokenizer.VocabularySize} tokens, loaded in {loading.Elapsed.TotalMilliseconds:0} ms; {texts.Length - 1} texts, {bytes / 1e6:0.0} MB, {(double)bytes / tokens:0.000} bytes a token: {bytes / 1e6 / encoding.Elapsed.TotalSeconds:0.0} MB/s on one thread"));
        return 0;
    }

    /// <summary>Long enough for the runtime to have compiled the hot code for good.</summary>
    private static void WarmUp(Tokenizer tokenizer, byte[] text, ArrayBufferWriter<int> ids)
    {
        const int Seconds = 1;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < Seconds)
        {
            ids.ResetWrittenCount();
            tokenizer.Encode(text, ids);
        }
    }
}
