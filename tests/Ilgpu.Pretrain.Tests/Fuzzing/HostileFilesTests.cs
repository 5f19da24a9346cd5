using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Interchange;
using Ilgpu.Pretrain.ScalingLaws;
using Ilgpu.Pretrain.Studies;
using Ilgpu.Pretrain.Tests.Interchange;
using Ilgpu.Pretrain.Tests.Tokenization;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Tokenization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Fuzzing;

/// <summary>Files made to break their readers, and what random faults broke once: one clear error each.</summary>
public sealed class HostileFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "tensor 'b' begins at byte 4 where 8 was expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "its tensors take 8 bytes and the file has 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "not a valid safetensors file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775807,9223372036854775807]}}""", 8, "does not fill its data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "does not fill its data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "uplicate")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "uplicate")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "not a valid safetensors file")]
    [InlineData("""{"a\u000ab":{"dtype":"F3","shape":[1],"data_offsets":[0,4]}}""", 4, "unknown dtype 'F3'")]
    public void A_header_that_lies_is_refused(string json, int dataBytes, string message)
    {
        byte[] header = Encoding.UTF8.GetBytes(json);
        Refused(message, () => new SafetensorsReader(folder.Write("x.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[dataBytes]])).Dispose());
    }

    [Fact]
    public void A_header_of_any_length_or_depth_takes_no_memory_that_the_file_has_not()
    {
        foreach (ulong length in new[] { 1UL << 63, ulong.MaxValue, 100_000_001UL, 1UL << 40 })
        {
            var bytes = new byte[64];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            Refused($"announces a header of {length} bytes", () => new SafetensorsReader(folder.Write("x.safetensors", bytes)).Dispose());
        }

        byte[] deep = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 200_000)));
        Refused("not a valid safetensors file", () => new SafetensorsReader(folder.Write("x.safetensors", [.. BitConverter.GetBytes((long)deep.Length), .. deep])).Dispose());
    }

    [Fact]
    public void Nesting_that_would_end_the_process_is_refused_where_it_begins()
    {
        Refused("it is nested more than 64 deep", () => Study.Read(folder.Write("study.yaml", "name: x\nruns: " + new string('[', 200_000))));
        Refused("it is nested more than 64 deep", () => Study.Read(folder.Write("study.yaml", string.Concat(Enumerable.Range(0, 300).Select(i => new string(' ', i) + "a:\n")))));
        Refused("is not JSON", () => TableFile.Read(folder.Write("deep.json", new string('[', 200_000))));
        string source = HuggingFaceFolders.Write(folder, "model", HuggingFaceFolders.ConfigOf(HuggingFaceFolders.Shape), HuggingFaceFolders.Weights(HuggingFaceFolders.Shape, 1));
        folder.Write(Path.Combine("model", "tokenizer.json"), new string('[', 200_000));
        Refused("it is not JSON that can be used", () => ModelFolder.Open(source));
    }

    [Fact]
    public void Tokens_whose_parts_would_be_looked_up_for_hours_are_refused_at_once()
    {
        long started = Stopwatch.GetTimestamp();
        string[] ranks = TokenizerFiles.Tiktoken(TrainedTokenizers.Of(["a b"]));
        string[] longer = [.. ranks, $"{Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('a', 1_000_000)))} {ranks.Length}"];
        Refused("has a token of 1000000 bytes; it takes 1024 at most", () => Tokenizer.Load(folder.Write("x.tiktoken", string.Join('\n', longer)), PreTokenization.Gpt2));
        Refused("has 1000000 bytes; it takes 1024 at most", () => Tokenizer.Load(folder.Write("tokenizer.bin", TokenizerFiles.Llama2c((new string('a', 1_000_000), -1)))));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_vocabulary_of_all_pairs_of_bytes_is_read_in_little_time()
    {
        string[] merges = [.. ByteAlphabet.InOrder.SelectMany(_ => ByteAlphabet.InOrder, (left, right) => $"{ByteAlphabet.Write([left])} {ByteAlphabet.Write([right])}")];
        JsonObject json = TokenizerFiles.HuggingFace(TrainedTokenizers.Of(merges));
        string file = folder.Write("tokenizer.json", json.ToJsonString());
        long started = Stopwatch.GetTimestamp();
        Assert.Equal(65_792, Tokenizer.Load(file).VocabularySize);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
        // Every merge once more: named, not looped over.
        json["model"]!["merges"] = new JsonArray([.. merges.Concat(merges).Select(merge => (JsonNode)merge)]);
        Refused("repeats merge 1", () => Tokenizer.Load(folder.Write("tokenizer.json", json.ToJsonString())));
    }

    [Fact]
    public void Ids_that_no_token_has_are_refused_though_every_hash_is_right()
    {
        using var runs = new TestRuns();
        string dataset = runs.Dataset.Folder;
        runs.Dataset.Dispose();
        string tokens = Path.Combine(dataset, "tokens.bin");
        byte[] bytes = File.ReadAllBytes(tokens);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), 300);
        File.WriteAllBytes(tokens, bytes);
        DatasetManifest manifest = DatasetManifest.Read(Path.Combine(dataset, "dataset.json")) with { TokensSha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)) };
        Write(manifest);
        Refused("it has the id 300, and the tokenizer the ids 0 to 256", () => TokenDataset.Open(dataset, verify: true));
        Write(manifest with { BytesPerId = 0 });
        Refused("ids of 0 bytes are not those of a tokenizer of 257 tokens", () => TokenDataset.Open(dataset));
        Write(manifest with { Train = manifest.Train with { Documents = -5 } });
        Refused("a part of -5 documents", () => TokenDataset.Open(dataset));

        void Write(DatasetManifest changed)
        {
            using FileStream file = File.Create(Path.Combine(dataset, "dataset.json"));
            (changed with { Hash = changed.ContentHash() }).Write(file);
        }
    }

    [Fact]
    public void Records_that_lack_what_they_cannot_be_without_are_refused_by_name()
    {
        folder.Write("ensemble.json", """{"dataset_hash": "x", "members": [null]}""");
        Refused("a list has null in it", () => EnsembleFolder.OpenMembers(folder.Path));
        folder.Write("ensemble.json", """{"dataset_hash": "x", "members": [{"run_id": "y"}]}""");
        Refused("'folder'", () => EnsembleFolder.OpenMembers(folder.Path));
        folder.Write("ensemble.json", """{"dataset_hash": "x", "members": [{"run_id": "y", "folder": "a\u0000b"}]}""");
        Refused("a member's folder is no path", () => EnsembleFolder.OpenMembers(folder.Path));
        folder.Write("scores.json", ChecksummedJson.Serialize(new EnsembleScores([1, 2], [1], [1, 2], 10, 10, MemberResidency.Auto, 1)));
        Refused("its lists of losses have other lengths", () => EnsembleFolder.FindScores(folder.Path));
        Refused("it is null; it takes a schedule", () => ScheduleFile.Read(folder.Write("schedules.json", """{"a": null}""")));
        Refused("steps is 2147483647; it takes 2000000 at most", () => ScheduleFile.Read(folder.Write("schedules.json", """{"a": {"kind": "constant", "peak": 1, "steps": 2147483647}}""")));
        Refused("has a text that is not Unicode", () => TableFile.Read(folder.Write("x.json", """[{"a": "\ud800"}]""")));
    }

    public void Dispose() => folder.Dispose();

    private static void Refused(string message, Action read)
    {
        string found = Assert.Throws<InputException>(read).Message;
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.DoesNotContain(found, letter => char.IsControl(letter));
    }
}
