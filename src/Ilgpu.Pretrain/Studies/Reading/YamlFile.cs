using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ilgpu.Pretrain.Studies;

/// <summary>Reads a YAML file into nodes that know where they stand.</summary>
internal static class YamlFile
{
    private const long LargestFile = 16 << 20;
    private const int Deepest = 64;

    /// <exception cref="InputException">The file cannot be read, or is not one YAML mapping: says where.</exception>
    public static YamlMap Read(string path)
    {
        string name = Path.GetFileName(path);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LargestFile })
                throw new InputException($"'{path}' has more than {LargestFile >> 20} MiB: it is not a study's file.");
            RequireShallow(path, name);
            using var reader = new StreamReader(path);
            var stream = new YamlStream();
            stream.Load(reader);
            if (stream.Documents.Count != 1)
                throw new InputException($"'{path}' has {stream.Documents.Count} YAML documents; a study is one.");
            return new YamlValue(stream.Documents[0].RootNode, name, new Dictionary<string, LoopValue>()).AsMap();
        }
        catch (YamlException e)
        {
            throw new Place(name, e.Start.Line, e.Start.Column).Error(Describe(e), e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The parser's own, where what stands there begins nothing that it knows.
            throw new InputException($"'{path}' is not YAML that can be read: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The study '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Nodes are built by a method that calls itself: from some depth on that would be the end of the process.</summary>
    private static void RequireShallow(string path, string name)
    {
        using var reader = new StreamReader(path);
        var parser = new Parser(reader);
        int depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > Deepest)
                throw new Place(name, parser.Current.Start.Line, parser.Current.Start.Column).Error($"it is nested more than {Deepest} deep.");
        }
    }

    private static string Describe(YamlException e)
    {
        string message = (e.InnerException is YamlException inner ? inner.Message : e.Message).ReplaceLineEndings(" ").TrimEnd('.');
        // Its own position stands in front of some of the parser's messages.
        int end = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        return (end < 0 ? message : message[(end + 3)..]) + ".";
    }
}
