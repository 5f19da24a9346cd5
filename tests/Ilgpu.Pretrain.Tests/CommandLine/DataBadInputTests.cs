using System.Text;
using Ilgpu.Pretrain.Tests.Data;

namespace Ilgpu.Pretrain.Tests.CommandLine;

/// <summary>Sources, tokenizers and options that cannot be used: exit code 2 and one line that names them and says what is taken.</summary>
public sealed class DataBadInputTests : IDisposable
{
    private readonly DatasetWorkshop workshop = new();

    public void Dispose() => workshop.Dispose();

    /// <summary>CORPUS, SET and HERE are paths; '' is an empty argument.</summary>
    [Theory]
    [InlineData("data --source CORPUS", "--out is required: the folder to build the dataset in (or --inspect: one to look at).")]
    [InlineData("data --source CORPUS --out SET --samples 3", "--samples was given 3; it goes with --inspect.")]
    [InlineData("data --inspect SET --out HERE/other", "--inspect shows a dataset and --out builds one: give one of them.")]
    [InlineData("data --inspect SET --samples -1", "--samples was given -1; it takes a whole number from 0.")]
    [InlineData("data --inspect HERE/corpus", "HERE/corpus is not a dataset folder: it has no dataset.json")]
    [InlineData("data --source CORPUS --out HERE/o --validation CORPUS --validation-share .1", "--validation and --validation-share both say what is held out: give one of them.")]
    [InlineData("data --source CORPUS --out HERE/o --validation-share 1", "--validation-share was given 1; it takes a number between 0 and 1, both excluded.")]
    [InlineData("data --source CORPUS --out HERE/o --tokens 1", "--tokens was given 1; it takes a whole number from 2.")]
    [InlineData("data --source CORPUS --out HERE/o --tokens 999999", "--tokens was given 999999; the training part has ")]
    [InlineData("data --source CORPUS --out HERE/o --threads 0", "--threads was given 0; it takes a whole number from 1.")]
    [InlineData("data --source CORPUS --out HERE/o --separator <|end|>", "the tokenizer has no special token '<|end|>'; it has: <|endoftext|>")]
    [InlineData("data --source CORPUS --out HERE/o --separator ''", "--separator was given nothing; it takes the name of a special token, or none.")]
    [InlineData("data --source CORPUS --out HERE/o --field ''", "--field was given nothing; it takes the name of a field.")]
    [InlineData("data --source CORPUS --out HERE/o --tokenizer bpe:5000", "--tokenizer bpe:5000: --vocabulary was given 5000; the text fills at most ")]
    [InlineData("data --source CORPUS --out HERE/o --tokenizer bpe:x", "--tokenizer was given 'bpe:x'; bpe: takes a vocabulary's size from 257 to 4194304, as in bpe:4096.")]
    [InlineData("data --source CORPUS --out HERE/o --tokenizer none.json", "tokenizer: 'none.json' is not there; it takes bytes, ")]
    [InlineData("data --source CORPUS --out HERE/o --tokenizer CORPUS", "tokenizer: 'CORPUS': the folder has no tokenizer.json, ")]
    [InlineData("data --source CORPUS --out HERE/o --pre-tokenizer words", "--pre-tokenizer was given 'words'; it takes one of gpt2, llama3.")]
    [InlineData("data --source HERE/nothing --out HERE/o", "source: 'HERE/nothing' is not there; it takes dotnet-docs, a file (.txt, ")]
    [InlineData("data --source CORPUS --out HERE/corpus", "HERE/corpus is not a dataset folder and not empty: name another")]
    [InlineData("train --data SET --tokenizer bytes", "--tokenizer was given 'bytes'; 'SET' is a dataset folder, which has its own: leave it out.")]
    [InlineData("tokenizer --source CORPUS", "--out is required: where the trained tokenizer is written (or name a TOKENIZER to show).")]
    [InlineData("tokenizer --source CORPUS --out HERE/o --vocabulary 10", "--vocabulary was given 10; it takes a whole number from 257 (")]
    [InlineData("tokenizer --source CORPUS --out HERE/o --vocabulary 5000", "--vocabulary was given 5000; the text fills at most ")]
    [InlineData("tokenizer --source CORPUS --out HERE/o --special a,,b", "--special was given a,,b; it takes names, none empty and none twice.")]
    [InlineData("tokenizer --source CORPUS --out HERE/o --special a,a", "--special was given a,a; it takes names, none empty and none twice.")]
    [InlineData("tokenizer --source CORPUS --out HERE/o --threads 0", "--threads was given 0; it takes a whole number from 1.")]
    [InlineData("tokenizer --source CORPUS --out HERE/o --field ''", "--field was given nothing; it takes the name of a field.")]
    [InlineData("tokenizer bytes --vocabulary 300", "--vocabulary, --special and --threads are for training; 'bytes' is there already.")]
    [InlineData("tokenizer bytes --out HERE/o", "the tokenizer 'bytes' goes by its name and has no file to write")]
    public void A_wrong_option_is_named(string arguments, string expected)
    {
        workshop.WriteCorpus(10);
        if (arguments.Contains("SET", StringComparison.Ordinal))
            workshop.Build(workshop.Options).Dispose();
        string Placed(string text) => text.Replace("CORPUS", workshop.Corpus, StringComparison.Ordinal)
            .Replace("SET", workshop.Target, StringComparison.Ordinal)
            .Replace("HERE", workshop.Folder.Path, StringComparison.Ordinal);
        Outcome ended = PretrainCall.Run([.. arguments.Split(' ').Select(argument => argument == "''" ? "" : Placed(argument))]);
        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith("pretrain: " + Placed(expected), ended.ErrorLine, StringComparison.Ordinal);
        Assert.False(Path.Exists(workshop.Folder["o"]), "something was left behind");
    }

    [Theory]
    [InlineData("bad.txt", "Good text, then \u00C3\u0028", " is not UTF-8: the byte at position 16 (counted from 0) begins no valid character")]
    [InlineData("bad.jsonl", "{\"text\": \"a\"}\n{\"text\": \"\u00FF\"}", ":2 is not UTF-8: the byte at position 10 of the line (counted from 0) begins no valid character")]
    [InlineData("bad.jsonl", "{\"text\": \"a\"}\n\n{\"text\": \"a\"", ":3 is not JSON: at position ")]
    [InlineData("bad.jsonl", "{\"text\": \"a\"}\n[1]", ":2 is an array, a row takes an object")]
    [InlineData("bad.jsonl", "{\"body\": \"a\", \"id\": 3}\n", ":1 has no field 'text'; it has: body, id (name one with --field)")]
    [InlineData("bad.jsonl", "{\"text\": 3}\n", ":1 has a number in the field 'text', which takes a string")]
    [InlineData("bad.jsonl.gz", "{\"text\": \"a\"}\n", " is not gzip: it does not begin with the bytes 1F 8B")]
    [InlineData("bad.csv", "a,b", "' has the extension '.csv', it takes .txt, .md or .jsonl, each also with .gz after it")]
    [InlineData("bad.txt", " \n", "' is empty: 1 documents, none of them with any text")]
    public void A_source_that_cannot_be_read_is_named_with_the_place(string name, string latin1, string expected) =>
        AssertRefused(workshop.Folder.Write(name, Encoding.Latin1.GetBytes(latin1)), "bytes", expected);

    [Fact]
    public void A_gzip_file_that_was_cut_short_is_named()
    {
        byte[] compressed = Gzip.Compress(string.Join('\n', DatasetWorkshop.Texts(200, 3).Select(DatasetSourcesTests.Row)));
        AssertRefused(workshop.Folder.Write("cut.jsonl.gz", compressed[..(compressed.Length / 2)]), "bytes", " is damaged: its gzip data ");
    }

    [Theory]
    [InlineData("{", "': it is not JSON that can be used")]
    [InlineData("[1]", "': it is a JSON array; a tokenizer is an object")]
    [InlineData("{\"model\": {\"type\": \"Unigram\"}}", "': the model 'Unigram' is not supported; it takes BPE (byte-level)")]
    public void A_tokenizer_file_that_cannot_be_used_is_named(string json, string expected)
    {
        workshop.WriteCorpus(5);
        AssertRefused(workshop.Corpus, workshop.Folder.Write("bad/tokenizer.json", json), $"tokenizer: '{workshop.Folder["bad", "tokenizer.json"]}{expected}");
    }

    [Theory]
    [InlineData("\"Ġ\":", "\"Ġ\": 65, \"more\":")]
    [InlineData("\"merges\": [", "\"merges\": [[\"q\", \"zz\"],")]
    public void A_tokenizer_file_that_contradicts_itself_is_named(string from, string to)
    {
        workshop.WriteCorpus(20);
        string path = workshop.Folder["bad", "tokenizer.json"];
        DatasetWorkshop.Train(new() { Source = workshop.Corpus, Vocabulary = 280 }).SaveTo(path);
        string json = File.ReadAllText(path);
        Assert.Contains(from, json, StringComparison.Ordinal);
        File.WriteAllText(path, json.Replace(from, to, StringComparison.Ordinal));
        AssertRefused(workshop.Corpus, path, $"tokenizer: '{path}'");
    }

    private void AssertRefused(string source, string tokenizer, string expected)
    {
        Outcome ended = PretrainCall.Run("data", "--source", source, "--tokenizer", tokenizer, "--out", workshop.Target);
        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith("pretrain: ", ended.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(expected, ended.ErrorLine, StringComparison.Ordinal);
        if (tokenizer == "bytes")
            Assert.Contains(source + expected, ended.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(workshop.Entries());
    }
}
