using Ilgpu.Pretrain.Evaluation;

namespace Ilgpu.Pretrain.Tests.Evaluation;

/// <summary>Right and wrong, and shares of them: by hand.</summary>
public sealed class TaskScoresTests
{
    private static readonly TaskItem Lengths = new("row", [new TaskOption("c", " aaaa"), new TaskOption("c", " ä")], Gold: 1);

    /// <summary>By bytes the options have 4 and 2: -4 a byte against -5.5, though the second one is likelier as a whole.</summary>
    [Fact]
    public void Accuracy_is_by_the_whole_and_norm_by_bytes()
    {
        Assert.Equal([4, 2], Lengths.Options.Select(option => option.Bytes));
        ItemOutcome outcome = ItemJudge.Judge(TaskMeasure.Choice, Lengths, [-16, -11], isLikeliest: false);
        Assert.True(outcome.IsCorrect);
        Assert.False(outcome.IsCorrectNorm);
        Assert.Equal(1, outcome.Predicted);
        Assert.False(outcome.IsTie);
    }

    [Theory]
    [InlineData(TaskMeasure.Choice, 0, true)]
    [InlineData(TaskMeasure.Choice, 1, false)]
    [InlineData(TaskMeasure.ContextChoice, 0, true)]
    [InlineData(TaskMeasure.Pair, 0, false)]
    [InlineData(TaskMeasure.Pair, 1, false)]
    public void A_tie_goes_to_the_first_choice_and_is_wrong_between_two_texts(TaskMeasure measure, int gold, bool correct)
    {
        ItemOutcome outcome = ItemJudge.Judge(measure, Lengths with { Gold = gold }, [-3, -3], isLikeliest: false);
        Assert.True(outcome.IsTie);
        Assert.Equal(correct, outcome.IsCorrect);
    }

    [Fact]
    public void What_is_no_number_loses_to_any() =>
        Assert.Equal(1, ItemJudge.Judge(TaskMeasure.Choice, Lengths, [double.NaN, double.NegativeInfinity], isLikeliest: false).Predicted);

    [Fact]
    public void Shares_have_the_standard_error_of_a_sample()
    {
        MeanWithError mean = MeanWithError.Of([1, 1, 0, 1]);
        Assert.Equal(.75, mean.Mean);
        Assert.Equal(Math.Sqrt(.75 / 3 / 4), mean.StandardError!.Value, 1e-15);
        Assert.Null(MeanWithError.Of([1]).StandardError);
    }

    [Fact]
    public void Scores_are_told_by_category_and_over_all()
    {
        TaskItem[] items = [Of("b"), Of("a"), Of("b"), Of("b")];
        ItemOutcome[] outcomes = [.. new[] { (-1.0, -2.0), (-2.0, -1.0), (-2.0, -2.0), (-1.0, -3.0) }
            .Select((pair, i) => ItemJudge.Judge(TaskMeasure.Pair, items[i], [pair.Item1, pair.Item2], isLikeliest: false))];
        TaskScores scores = TaskScores.Of(TaskMeasure.Pair, items, outcomes);
        Assert.Equal(.5, scores.Accuracy.Mean);
        Assert.Equal(1, scores.Ties);
        Assert.Null(scores.AccuracyNorm);
        Assert.Equal([("a", 0, 1), ("b", 2 / 3.0, 3)], scores.Categories.Select(category => (category.Category.Value, category.Accuracy.Mean, category.Accuracy.Count)));

        static TaskItem Of(string phenomenon) => Lengths with { Gold = 0, Categories = [new ItemCategory("phenomenon", phenomenon)] };
    }

    [Fact]
    public void Perplexity_is_that_of_the_words()
    {
        TaskItem[] items = [Lengths, Lengths];
        ItemOutcome[] outcomes = [.. new[] { -1.0, -3.0 }.Select((each, i) => ItemJudge.Judge(TaskMeasure.LastWord, items[i], [each], isLikeliest: i == 0))];
        TaskScores scores = TaskScores.Of(TaskMeasure.LastWord, items, outcomes);
        Assert.Equal(Math.Exp(2), scores.Perplexity!.Value, 1e-12);
        Assert.Equal(Math.Exp(2), scores.PerplexityError!.Value, 1e-12);
        Assert.Equal(.5, scores.Accuracy.Mean);
    }

    [Theory]
    [InlineData("It is 3.\n#### 1,234", "1234", "1234")]
    [InlineData("#### $5", null, "5")]
    [InlineData("#### -7.", "-7", "-7")]
    [InlineData("so $12.50 in all.", null, "12.50")]
    [InlineData("no number", null, null)]
    [InlineData("#### 3 and 4", "3", "4")]
    public void The_number_of_an_answer_is_behind_its_mark_or_its_last(string answer, string? marked, string? last)
    {
        Assert.Equal(marked, AnswerNumber.Marked(answer));
        Assert.Equal(last, AnswerNumber.Last(answer));
    }
}
