using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Plans for a budget, of runs whose laws are known.</summary>
public sealed class PlannerTests
{
    private const double Unique = 1e8;

    /// <summary>An hour trains 1e8 parameters on 1e9 tokens.</summary>
    private const double HoursPerWork = 1e-17;

    [Fact]
    public void The_direction_with_most_to_gain_comes_first_with_what_the_budget_pays_for()
    {
        Plan plan = Make(hours: 16);
        Assert.Equal(4e8, plan.Best.Parameters);
        Assert.Equal(plan.Options.OrderBy(option => option.Loss ?? double.PositiveInfinity), plan.Options);

        PlanOption bigger = Assert.Single(plan.Options, option => option.What == "a bigger model");
        // 16 hours pay for 1.6e18 of parameters times tokens, and the best run has 8 epochs.
        Assert.Equal(16 / (HoursPerWork * 8 * Unique), bigger.Parameters!.Value, 1);
        Assert.Equal(SizeLoss(bigger.Parameters.Value), bigger.Loss!.Value, 1e-4);

        PlanOption members = Assert.Single(plan.Options, option => option.What == "more members");
        Assert.Equal(Math.Floor(16 / (HoursPerWork * 4e8 * 8 * Unique)), members.Members);
        Assert.Equal(MemberLoss(members.Members!.Value), members.Loss!.Value, 1e-4);

        PlanOption epochs = Assert.Single(plan.Options, option => option.What == "more epochs");
        Assert.Equal(40, epochs.Epochs!.Value, 1e-6);
        Assert.Equal(EpochLoss(40), epochs.Loss!.Value, 1e-3);
    }

    [Fact]
    public void A_small_budget_pays_for_nothing_and_the_plan_says_so()
    {
        Plan plan = Make(hours: 1);
        Assert.All(plan.Options, option => Assert.Null(option.Loss));
        Assert.All(plan.Options, option => Assert.Contains("hours pay for", Assert.Single(option.Notes), StringComparison.Ordinal));
    }

    [Fact]
    public void Losses_that_rise_with_epochs_promise_nothing_of_more()
    {
        LawData data = Data();
        double[] losses = [.. data.Target.Select((loss, i) => data.Rows[i].EndsWith(" for 8 epochs", StringComparison.Ordinal) ? loss + .5 : loss)];
        Plan plan = new Planner(data.WithTarget(losses), new FitOptions { Bootstraps = 0 }).Make(Unique, 16, TestContext.Current.CancellationToken);
        PlanOption epochs = Assert.Single(plan.Options, option => option.What == "more epochs");
        Assert.Null(epochs.Loss);
        Assert.StartsWith("The loss rises beyond 4 epochs", Assert.Single(epochs.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_without_a_run_are_refused_with_those_that_have_some() =>
        Assert.Equal("--tokens was given 5E+07; there are single runs on: 1E+08.", Assert.Throws<InputException>(() => new Planner(Data(), new FitOptions()).Make(5e7, 1, TestContext.Current.CancellationToken)).Message);

    private static Plan Make(double hours) => new Planner(Data(), new FitOptions { Bootstraps = 0 }).Make(Unique, hours, TestContext.Current.CancellationToken);

    private static LawData Data()
    {
        double[] sizes = [5e7, 1e8, 2e8, 4e8], epochs = [1, 2, 4], members = [2, 3, 4, 5];
        (string Name, double N, double Epochs, double K, double Loss)[] rows =
        [
            .. sizes.Select(n => ($"{n:G4} for 8 epochs", n, 8.0, 1.0, SizeLoss(n))),
            .. epochs.Select(each => ($"4E+08 for {each} epochs", 4e8, each, 1.0, EpochLoss(each))),
            .. members.Select(k => ($"{k} of 4E+08", 4e8, 8.0, k, MemberLoss(k))),
        ];
        return new LawData(
            [.. rows.Select(row => row.Name)],
            [.. rows.Select(row => row.Loss)],
            new Dictionary<string, double[]>
            {
                ["N"] = [.. rows.Select(row => row.N)],
                ["D"] = [.. rows.Select(row => row.Epochs * Unique)],
                ["U"] = [.. rows.Select(_ => Unique)],
                ["K"] = [.. rows.Select(row => row.K)],
                ["hours"] = [.. rows.Select(row => HoursPerWork * row.N * row.Epochs * Unique * row.K)],
            });
    }

    private static double SizeLoss(double n) => (.2 * Math.Pow(n / 4e8, -.5)) + 3.3;

    private static double EpochLoss(double epochs) => (.4 * Math.Pow(epochs / 8, -.6)) + 3.1;

    private static double MemberLoss(double members) => (.4 * Math.Pow(members, -1)) + 3.1;
}
