using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Ensembling;
using Ilgpu.Pretrain.Evaluation;
using Ilgpu.Pretrain.Kernels;
using Ilgpu.Pretrain.Tests.Training;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Evaluation;

/// <summary>Losses on text: a run's own to the bit, and each token once whatever the stride.</summary>
public sealed class TextEvaluatorTests : IDisposable
{
    private readonly TestRuns runs = new();

    public void Dispose() => runs.Dispose();

    [Theory]
    [InlineData(4096)]
    [InlineData(50)]
    public void A_run_has_its_validation_loss_to_the_bit(int batchTokens)
    {
        runs.Run("run");
        RunResult result = RunFolder.ReadResult(runs.Path("run"))!;
        using EvaluatedModels models = Open("run");
        TextLosses losses = Evaluate(models, [EvaluatedText.OfValidation(runs.Dataset, null)], stride: 16, batchTokens: batchTokens);
        Assert.Equal(result.ValLoss, losses.Losses[0]);
        Assert.Equal(result.BitsPerByte, losses.BitsPerByte(0), 1e-12);
        Assert.Equal(runs.Dataset.Validation.Length - 1, losses.Tokens);
        Assert.Equal((losses.Tokens + 15) / 16, losses.Windows);
    }

    [Fact]
    public void An_ensemble_has_the_losses_of_its_evaluation_to_the_bit()
    {
        string[] names = ["first", "second", "third"];
        for (int i = 0; i < names.Length; i++)
            runs.Run(names[i], runs.Config.WithSeed((uint)i));
        IReadOnlyList<EnsembleMember> members = EnsembleMember.Open([.. names.Select(runs.Path)]);
        EnsembleScores expected = new EnsembleEvaluator(members, runs.Dataset, null, TestRuns.Device, new()).Evaluate(TestContext.Current.CancellationToken);
        using EvaluatedModels models = Open(names);
        TextLosses losses = Evaluate(models, [EvaluatedText.OfValidation(runs.Dataset, null)], stride: 16);
        for (int k = 1; k <= names.Length; k++)
        {
            Assert.Equal(expected.Members[k - 1], losses.Losses[losses.Variants[ScoredBy.Member, k]]);
            Assert.Equal(expected.LogitAverage[k - 1], losses.Losses[losses.Variants[ScoredBy.LogitAverage, k]]);
            Assert.Equal(expected.ProbabilityAverage[k - 1], losses.Losses[losses.Variants[ScoredBy.ProbabilityAverage, k]]);
        }
    }

    [Theory]
    [InlineData(100, 16, 16)]
    [InlineData(100, 16, 5)]
    [InlineData(100, 16, 1)]
    [InlineData(16, 16, 3)]
    [InlineData(7, 16, 3)]
    [InlineData(18, 16, 15)]
    public void Each_token_is_predicted_once_behind_as_much_as_the_stride_leaves(int length, int window, int stride)
    {
        int[] ids = [.. Enumerable.Range(0, length)];
        var predicted = new List<int>();
        foreach (TokenPath path in TextEvaluator.Windows(0, new EvaluatedText("", TokenSpan.Of(ids), length, 1), window, stride))
        {
            ReadOnlySpan<int> span = path.Ids.Span;
            Assert.InRange(path.Length, 1, window);
            Assert.True(span[0] == 0 || path.First > window - stride, $"token {span[path.First]} has {path.First} before it");
            predicted.AddRange(span[path.First..]);
        }

        Assert.Equal(ids[1..], predicted);
    }

    /// <summary>By hand, of the windows' sums 3, 5 and 4 over 2, 2 and 1 tokens: mean 12 / 5, residuals -1.8, .2 and 1.6.</summary>
    [Fact]
    public void The_standard_error_takes_windows_for_what_was_drawn()
    {
        var sums = new ClusterSums();
        sums.Add([1, 2, 2.5f, 4], [0, 1]);
        sums.Add([1, 2, 2.5f, 4], [2, 2]);
        Assert.Equal(2, sums.Clusters);
        sums.Add([1, 2, 2.5f, 4], [3]);
        Assert.Equal(2.4, sums.Mean, 1e-12);
        Assert.Equal(4, sums.LastMean);
        Assert.Equal(Math.Sqrt(((1.8 * 1.8) + (.2 * .2) + (1.6 * 1.6)) * 3 / 2) / 5, sums.StandardError!.Value, 1e-12);
        Assert.Null(new ClusterSums().StandardError);
    }

    [Fact]
    public void Documents_of_files_are_measured_one_by_one_behind_the_token_between_documents()
    {
        runs.Run("run");
        using EvaluatedModels models = Open("run");
        Assert.NotNull(models.Start);
        string file = runs.Path("rows.jsonl");
        File.WriteAllText(file, "{\"text\":\"Item 1 of 2: a line.\"}\n{\"text\":\"\"}\n{\"text\":\"Unlike others, this is longer than a window is.\"}\n");
        IReadOnlyList<EvaluatedText> texts = TextFileReader.Read([file], models.Tokenizer, models.Start, null, TestContext.Current.CancellationToken);
        Assert.Equal([20L, 47L], texts.Select(text => text.Targets));
        Assert.Equal([20L, 47L], texts.Select(text => text.TextBytes));
        TextLosses both = Evaluate(models, texts, stride: 7);
        TextLosses[] each = [.. texts.Select(text => Evaluate(models, [text], stride: 7))];
        Assert.Equal(each.Sum(losses => losses.Losses[0] * losses.Tokens) / both.Tokens, both.Losses[0], 1e-12);
        Assert.Equal(67, both.Tokens);
        Assert.Single(TextFileReader.Read([file], models.Tokenizer, models.Start, 1, TestContext.Current.CancellationToken));
        Assert.Equal(19, TextFileReader.Read([file], models.Tokenizer, null, 1, TestContext.Current.CancellationToken)[0].Targets);
    }

    [Fact]
    public void Files_without_text_are_named()
    {
        runs.Run("run");
        using EvaluatedModels models = Open("run");
        string file = Path.Combine(runs.Path("blank"), "blank.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Directory.CreateDirectory(runs.Path("no-text"));
        File.WriteAllText(file, " \n");
        foreach ((string path, string said) in new[] { (file, "it is empty"), (runs.Path("none.txt"), "is not there"), (runs.Path("no-text"), "has no file of text") })
        {
            var e = Assert.Throws<InputException>(() => TextFileReader.Read([path], models.Tokenizer, models.Start, null, TestContext.Current.CancellationToken));
            Assert.StartsWith("--text: ", e.Message, StringComparison.Ordinal);
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
            Assert.Contains(said, e.Message, StringComparison.Ordinal);
        }
    }

    private EvaluatedModels Open(params string[] names) =>
        EvaluatedModels.Open(TestRuns.Device, [.. names.Select(runs.Path)], "", window: null, warn: null);

    private static TextLosses Evaluate(EvaluatedModels models, IReadOnlyList<EvaluatedText> texts, int stride, int batchTokens = 4096) =>
        TextEvaluator.Evaluate(models, texts, models.Window, stride, batchTokens, EnsembleAveraging.Logits, null, null, TestContext.Current.CancellationToken);
}
