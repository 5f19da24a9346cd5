namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <summary>A reader of the program and a valid file for it, which is spoilt again and again.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Files">Paths within a folder, and contents: what the reader needs, all of it valid.</param>
/// <param name="Spoilt">The path of the file that is spoilt.</param>
/// <param name="Read">Reads what the folder has, all that the program would take from it. May throw InputException, nothing else.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyDictionary<string, byte[]> Files, string Spoilt, Action<string> Read)
{
    /// <summary>
    /// Puts hashes right that say what the spoilt file was: without it, a reader that checks them would see nothing else. Gets
    /// the folder; is called for half of the mutations.
    /// </summary>
    public Action<string>? Sign { get; init; }

    /// <summary>A target of one file.</summary>
    public static FuzzTarget OfFile(string name, string file, byte[] content, Action<string> read) =>
        new(name, new Dictionary<string, byte[]> { [file] = content }, file, folder => read(Path.Combine(folder, file)));
}
