using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Modeling;
using Ilgpu.Pretrain.Optimization;
using Ilgpu.Pretrain.Training;

namespace Ilgpu.Pretrain.Tests.Training;

public sealed class TrainingConfigTests
{
    private static readonly TrainingConfig Config = new()
    {
        Model = TestRuns.Model,
        DatasetHash = "d1a2",
        Tokens = 521,
        Batch = 4,
        Length = 16,
    };

    /// <summary>Runs are found again by this: it may change only together with <see cref="Numerics.Version"/>.</summary>
    [Fact]
    public void The_id_of_a_known_configuration_stays() =>
        Assert.Equal("964c2c21bc9a57bc", (Config with { NumericsVersion = 1 }).Id);

    [Fact]
    public void Every_property_changes_the_hash()
    {
        foreach (PropertyInfo property in DecidingProperties(typeof(TrainingConfig)).Where(property => property.PropertyType != typeof(LlamaConfig)))
            Assert.True(Changed(Config, property).Hash != Config.Hash, $"{property.Name} does not change the hash");
        foreach (PropertyInfo property in DecidingProperties(typeof(LlamaConfig)).Where(property => property.Name != nameof(LlamaConfig.Name)))
            Assert.True((Config with { Model = Changed(Config.Model, property) }).Hash != Config.Hash, $"Model.{property.Name} does not change the hash");
    }

    [Fact]
    public void Every_property_of_a_part_changes_the_hash()
    {
        var mixed = new MixedData { DatasetHash = "mixed", Share = .5, Tokens = 100 };
        foreach (PropertyInfo property in DecidingProperties(typeof(MixedData)))
            Assert.True((Config with { Mixed = Changed(mixed, property) }).Hash != (Config with { Mixed = mixed }).Hash, $"Mixed.{property.Name} does not change the hash");
        var pruning = new GradualPruning { Share = .5 };
        foreach (PropertyInfo property in DecidingProperties(typeof(GradualPruning)))
            Assert.True((Config with { Pruning = Changed(pruning, property) }).Hash != (Config with { Pruning = pruning }).Hash, $"Pruning.{property.Name} does not change the hash");
        var start = new RunStart { RunId = "0123456789abcdef" };
        foreach (PropertyInfo property in DecidingProperties(typeof(RunStart)))
            Assert.True((Config with { Start = Changed(start, property) }).Hash != (Config with { Start = start }).Hash, $"Start.{property.Name} does not change the hash");
    }

    [Fact]
    public void A_models_name_does_not_change_the_hash() =>
        Assert.Equal(Config.Hash, (Config with { Model = Config.Model with { Name = "other" } }).Hash);

    [Fact]
    public void Every_property_survives_its_json()
    {
        foreach (PropertyInfo property in DecidingProperties(typeof(TrainingConfig)).Where(property => property.PropertyType != typeof(LlamaConfig)))
        {
            TrainingConfig changed = Changed(Config, property);
            Assert.Equal(changed, TrainingConfig.FromJson(changed.ToJson()));
        }

        TrainingConfig unclipped = Config with { ClipNorm = double.PositiveInfinity };
        Assert.Equal(unclipped, TrainingConfig.FromJson(unclipped.ToJson()));
    }

    [Fact]
    public void Steps_take_whole_batches_of_windows()
    {
        TrainingConfig config = Config with { Tokens = 521, Length = 16, Batch = 3, Accumulation = 2, Epochs = 7 };
        Assert.Equal(32 / 6, config.StepsPerEpoch);
        Assert.Equal(35, config.Steps);
        Assert.Equal(96, config.TokensPerStep);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(16, 2)]
    [InlineData(1_000_000_000, 125_000_000)]
    public void A_number_of_steps_is_the_run_s_and_its_schedule_s(long steps, int epochs)
    {
        TrainingConfig config = Config with { StepLimit = steps, WarmUpShare = .25, Schedule = ScheduleKind.Linear };
        config.Validate();
        Assert.Equal(8, config.StepsPerEpoch);
        Assert.Equal((steps, epochs), (config.Steps, config.EpochsBegun));
        LearningRateSchedule schedule = config.CreateSchedule();
        Assert.Equal(Math.Min((long)Math.Round(.25 * steps), steps - 1), schedule.WarmUpSteps);
        Assert.Equal(config.LearningRate / (steps - schedule.WarmUpSteps), schedule.At(steps - 1), 1e-15);
    }

    [Fact]
    public void Whole_epochs_are_all_begun() => Assert.Equal(7, (Config with { Epochs = 7 }).EpochsBegun);

    public static TheoryData<string, TrainingConfig> Wrong() => new()
    {
        { "--tokens was given 1; it takes a whole number from 2", Config with { Tokens = 1 } },
        { "--tokens was given -5;", Config with { Tokens = -5 } },
        { "--epochs was given 0; it takes a whole number from 1", Config with { Epochs = 0 } },
        { "--epochs was given 2000000000;", Config with { Epochs = 2_000_000_000 } },
        { "--steps was given 0; it takes a whole number from 1 to 1000000000", Config with { StepLimit = 0 } },
        { "--steps was given -7;", Config with { StepLimit = -7 } },
        { "--steps was given 1000000001;", Config with { StepLimit = 1_000_000_001 } },
        { "--epochs was given 2; it takes 1 beside --steps", Config with { Epochs = 2, StepLimit = 5 } },
        { "--batch was given 0;", Config with { Batch = 0 } },
        { "--batch was given -1;", Config with { Batch = -1 } },
        { "--accumulate was given 0;", Config with { Accumulation = 0 } },
        { "--length was given 17; it takes a whole number from 1 to 16 (the context of model 'tiny')", Config with { Length = 17 } },
        { "--length was given 0;", Config with { Length = 0 } },
        { "--tokens 521 give 32 windows of --length 16, and one step takes 33", Config with { Batch = 33 } },
        { "--lr was given 0; it takes a number above 0", Config with { LearningRate = 0 } },
        { "--lr was given -0.001;", Config with { LearningRate = -.001 } },
        { "--lr was given 1000;", Config with { LearningRate = 1000 } },
        { "--lr was given NaN;", Config with { LearningRate = double.NaN } },
        { "--wd was given -0.1;", Config with { WeightDecay = -.1 } },
        { "--wd was given 1000; it takes a number from 0 to below 333.3", Config with { WeightDecay = 1000 } },
        { "--wd was given NaN;", Config with { WeightDecay = double.NaN } },
        { "--optimizer was given 9; it takes one of adamw, muon", Config with { Optimizer = (OptimizerKind)9 } },
        { "--muon-lr was given 0.01; it takes nothing without --optimizer muon", Config with { MuonLearningRate = .01 } },
        { "--muon-momentum was given 0.9; it takes nothing without --optimizer muon", Config with { MuonMomentum = .9 } },
        { "--muon-lr was given 0; it takes a number above 0", Config with { Optimizer = OptimizerKind.Muon, MuonLearningRate = 0 } },
        { "--muon-lr was given NaN;", Config with { Optimizer = OptimizerKind.Muon, MuonLearningRate = double.NaN } },
        { "--wd was given 20; it takes a number from 0 to below 10, where a step at --muon-lr 0.1", Config with { Optimizer = OptimizerKind.Muon, MuonLearningRate = .1, WeightDecay = 20 } },
        { "--muon-momentum was given 1; it takes a number from 0 to below 1", Config with { Optimizer = OptimizerKind.Muon, MuonMomentum = 1 } },
        { "--wd-schedule was given 9; it takes one of constant, linear, cosine, rate", Config with { WeightDecaySchedule = (WeightDecayKind)9 } },
        { "--wd-final was given 0.5; it takes a decay to end at beside --wd-schedule linear or cosine", Config with { FinalWeightDecay = .5 } },
        { "--wd-final was given 0.5;", Config with { FinalWeightDecay = .5, WeightDecaySchedule = WeightDecayKind.Rate } },
        { "--wd-final was given 1000; it takes a number from 0 to below 333.3", Config with { FinalWeightDecay = 1000, WeightDecaySchedule = WeightDecayKind.Linear } },
        { "--ema was given 1; it takes a decay above 0 and below 1", Config with { Ema = 1 } },
        { "--ema was given NaN;", Config with { Ema = double.NaN } },
        { "--z-loss was given -0.1; it takes a weight from 0 to 1", Config with { ZLoss = -.1 } },
        { "--z-loss was given NaN;", Config with { ZLoss = double.NaN } },
        { "--prune was given 1; it takes a share of the layers' weights above 0 and below 1", Config with { Pruning = new GradualPruning { Share = 1 } } },
        { "--prune was given NaN;", Config with { Pruning = new GradualPruning { Share = double.NaN } } },
        { "--prune-start was given -0.1;", Config with { Pruning = new GradualPruning { Share = .5, Start = -.1 } } },
        { "--prune-end was given 0.2; it takes a share of the compute above --prune-start, 0.25, and at most 1", Config with { Pruning = new GradualPruning { Share = .5, End = .2 } } },
        { "--prune-end was given 1.5;", Config with { Pruning = new GradualPruning { Share = .5, End = 1.5 } } },
        { "--beta1 was given 1;", Config with { Beta1 = 1 } },
        { "--beta2 was given -0.5;", Config with { Beta2 = -.5 } },
        { "--eps was given 0;", Config with { Epsilon = 0 } },
        { "--clip was given 0;", Config with { ClipNorm = 0 } },
        { "--clip was given NaN;", Config with { ClipNorm = double.NaN } },
        { "--warmup was given 1;", Config with { WarmUpShare = 1 } },
        { "--decay was given 0;", Config with { DecayShare = 0 } },
        { "--dropout was given 1;", Config with { Dropout = 1 } },
        { "--schedule was given 9; it takes one of cosine, linear, constant, wsd", Config with { Schedule = (ScheduleKind)9 } },
        { "--shuffle was given 9; it takes one of once, epoch", Config with { Shuffle = (ShuffleMode)9 } },
        { "--order was given 9; it takes one of windows, documents", Config with { Order = (ShuffleUnit)9 } },
        { "heads has to divide hidden (16); it is 3", Config with { Model = TestRuns.Model with { Heads = 3 } } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_wrong_value_is_refused_in_one_line(string message, TrainingConfig config)
    {
        string actual = Assert.Throws<InputException>(config.Validate).Message;
        Assert.Contains(message, actual, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', actual);
    }

    [Fact]
    public void The_paper_s_values_are_taken()
    {
        Config.Validate();
        (Config with { LearningRate = .03, WeightDecay = 6.4, ClipNorm = double.PositiveInfinity, Schedule = ScheduleKind.Wsd }).Validate();
    }

    [Fact]
    public void Wrong_options_are_refused_in_one_line()
    {
        Assert.Contains("--eval-every was given -1", Refusal(new TrainingOptions { EvaluateEvery = -1 }), StringComparison.Ordinal);
        Assert.Contains("--checkpoint-every was given -1", Refusal(new TrainingOptions { CheckpointEvery = -1 }), StringComparison.Ordinal);
        Assert.Contains("--checkpoint-minutes was given NaN", Refusal(new TrainingOptions { CheckpointMinutes = double.NaN }), StringComparison.Ordinal);
        Assert.Contains("--log-every was given 0", Refusal(new TrainingOptions { LogEvery = 0 }), StringComparison.Ordinal);
    }

    private static string Refusal(TrainingOptions options) => Assert.Throws<InputException>(options.Validate).Message;

    private static IEnumerable<PropertyInfo> DecidingProperties(Type type) =>
        type.GetProperties().Where(property =>
            property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always }
            && !(property.PropertyType.IsEnum && Enum.GetValues(property.PropertyType).Length == 1));

    /// <summary>A copy with one property set to another value of its type.</summary>
    private static T Changed<T>(T original, PropertyInfo property)
        where T : class
    {
        object copy = typeof(T).GetMethod("<Clone>$")!.Invoke(original, null)!;
        object? value = property.GetValue(original);
        property.SetValue(copy, value switch
        {
            null when property.PropertyType == typeof(MixedData) => new MixedData { DatasetHash = "mixed", Share = .5, Tokens = 100 },
            null when property.PropertyType == typeof(GradualPruning) => new GradualPruning { Share = .5 },
            null when property.PropertyType == typeof(SoftLabels) => new SoftLabels { Teachers = ["0123456789abcdef"] },
            null when property.PropertyType == typeof(RunStart) => new RunStart { RunId = "0123456789abcdef", State = StartState.Everything, DataStep = 7 },
            null when Nullable.GetUnderlyingType(property.PropertyType) is { } type => Convert.ChangeType(5, type, CultureInfo.InvariantCulture),
            int number => number + 1,
            long number => number + 1,
            uint number => number + 1,
            ulong number => number + 1,
            double number => number + 1e-9,
            bool flag => !flag,
            string text => text + "x",
            Enum member => Enum.ToObject(property.PropertyType, Convert.ToInt32(member) == 0 ? 1 : 0),
            _ => throw new NotSupportedException($"{property.Name} has the type {property.PropertyType}"),
        });
        return (T)copy;
    }
}
