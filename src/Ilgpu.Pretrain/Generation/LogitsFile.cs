using Ilgpu.Pretrain.Interchange;

namespace Ilgpu.Pretrain.Generation;

/// <summary>The logits behind every token of a text as a safetensors file: one tensor <c>logits</c>, tokens x vocabulary.</summary>
public static class LogitsFile
{
    public const string Extension = ".safetensors";

    private const string TensorName = "logits";

    /// <summary>Runs a decoder over a text and writes what it gives. The file is there as a whole or not at all; one that was there is replaced.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="decoder">Of one sequence; it is reset first.</param>
    /// <param name="ids">At least one, and no more than the decoder has positions.</param>
    /// <exception cref="InputException">The text is longer than that, or the file cannot be written.</exception>
    public static void Write(string path, ITokenDecoder decoder, IReadOnlyList<int> ids)
    {
        if (ids.Count > decoder.Capacity)
            throw new InputException($"--logits was given '{path}', and the text has {ids.Count} tokens: it takes one within the context of {decoder.Capacity}.");
        string temporary = path + DurableFile.TemporarySuffix;
        try
        {
            DurableFile.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.Delete(temporary);
            using (var writer = new SafetensorsWriter(temporary, [(TensorName, [ids.Count, decoder.Vocabulary])], new Dictionary<string, string> { ["format"] = "pt" }))
            {
                var logits = new float[decoder.Vocabulary];
                decoder.Reset();
                foreach (int id in ids)
                {
                    decoder.Step([id], logits);
                    writer.Write(logits);
                }

                writer.Finish();
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"--logits was given '{path}', which cannot be written: {e.Message}", e);
        }
    }
}
