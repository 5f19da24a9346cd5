using Ilgpu.Pretrain.Modeling;

namespace Ilgpu.Pretrain.Tests.Modeling;

public sealed class LlamaConfigTests
{
    [Theory]
    [InlineData("150m", 154_147_328)]
    [InlineData("300m", 299_649_792)]
    [InlineData("600m", 602_457_088)]
    [InlineData("1.4b", 1_431_373_824)]
    public void The_papers_parameter_totals_come_out_exactly(string preset, long parameters)
    {
        LlamaConfig config = LlamaPresets.Find(preset)!;
        Assert.Equal(parameters, config.ParameterCount);
        Assert.Equal(parameters, new ParameterLayout(config).Named.Sum(each => (long)each.Rows * each.Columns));
    }

    [Theory]
    [InlineData("150m", 22.8e6, 154.15e6)]
    [InlineData("300m", 102.6e6, 299.65e6)]
    [InlineData("600m", 339.8e6, 602.46e6)]
    [InlineData("1.4b", 906e6, 1431.4e6)]
    [InlineData("1.5b", 1147e6, 1540.7e6)]
    [InlineData("3.2b", 2718e6, 3243e6)]
    public void The_papers_table_comes_out_as_rounded_there(string preset, double withoutEmbeddings, double total)
    {
        LlamaConfig config = LlamaPresets.Find(preset)!;
        Assert.Equal(1, config.ParameterCountWithoutEmbeddings / withoutEmbeddings, 2e-3);
        Assert.Equal(1, config.ParameterCount / total, 1e-3);
    }

    [Fact]
    public void Every_preset_is_valid_and_miniatures_take_a_vocabulary()
    {
        foreach (LlamaConfig preset in LlamaPresets.All)
        {
            preset.Validate();
            Assert.Equal(preset.Hidden * 7, preset.Mlp * 2);
            Assert.Equal(preset, LlamaPresets.Find(preset.Name.ToUpperInvariant()));
        }

        LlamaConfig bytes = LlamaPresets.Find("mini-s")! with { Vocabulary = 257 };
        Assert.Equal(310_000, LlamaPresets.Find("mini-s")!.ParameterCount, 10000.0);
        Assert.Equal(LlamaPresets.Find("mini-s")!.ParameterCountWithoutEmbeddings, bytes.ParameterCountWithoutEmbeddings);
    }

    [Fact]
    public void Flops_are_six_a_token_and_product_parameter_plus_attention()
    {
        LlamaConfig config = LlamaPresets.Find("150m")!;
        Assert.Equal(22_813_184 - (13 * 512) + (128256 * 512), config.MatmulParameterCount);
        double attention = 6 * 2.0 * 2 * 512 * (4097 / 2.0);
        Assert.Equal((2.0 * config.MatmulParameterCount) + attention, config.ForwardFlopsPerToken(4096), 1.0);
        Assert.Equal(3 * config.ForwardFlopsPerToken(4096), config.TrainingFlopsPerToken(4096), 1.0);
    }

    [Fact]
    public void A_wrong_field_is_named_with_its_value()
    {
        LlamaConfig good = LlamaPresets.Find("mini-s")!;
        AssertWrong(good with { Hidden = 0 }, "hidden", "0");
        AssertWrong(good with { Hidden = -64 }, "hidden", "-64");
        AssertWrong(good with { Hidden = int.MaxValue }, "hidden", "2147483647");
        AssertWrong(good with { Mlp = 0 }, "mlp", "0");
        AssertWrong(good with { Layers = -1 }, "layers", "-1");
        AssertWrong(good with { Heads = 3, KeyValueHeads = 3 }, "heads", "3");
        AssertWrong(good with { Heads = 64, KeyValueHeads = 64 }, "even", "1");
        AssertWrong(good with { KeyValueHeads = 3 }, "keyValueHeads", "3");
        AssertWrong(good with { KeyValueHeads = 0 }, "keyValueHeads", "0");
        AssertWrong(good with { Vocabulary = 0 }, "vocabulary", "0");
        AssertWrong(good with { Context = 0 }, "context", "0");
        AssertWrong(good with { RopeTheta = double.NaN }, "ropeTheta", "NaN");
        AssertWrong(good with { NormEpsilon = 0 }, "normEpsilon", "0");
    }

    [Fact]
    public void A_file_round_trips()
    {
        string path = Path.GetTempFileName();
        LlamaConfig config = LlamaPresets.Find("600m")! with { Name = "mine", TiedEmbeddings = true, RopeTheta = 500000 };
        LlamaConfigFile.Save(config, path);
        Assert.Equal(config, LlamaConfigFile.PresetOrFile(path));
        File.Delete(path);
    }

    [Theory]
    [InlineData("""{"hidden": 64}""", "mlp")]
    [InlineData("""{"hidden": 64, "wide": 3}""", "wide")]
    [InlineData("""{"hidden": "64"}""", "hidden")]
    [InlineData("null", "null")]
    [InlineData("", "JSON")]
    [InlineData("""{"hidden":64,"mlp":224,"layers":3,"heads":5,"keyValueHeads":5,"vocabulary":257,"context":128}""", "heads")]
    public void A_wrong_file_is_named_with_what_is_wrong(string json, string named)
    {
        InputException exception = Assert.Throws<InputException>(() => LlamaConfigFile.Parse(json, "model.json"));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void What_is_neither_preset_nor_file_is_refused_with_the_presets() =>
        Assert.Contains("mini-xs", Assert.Throws<InputException>(() => LlamaConfigFile.PresetOrFile("175b")).Message, StringComparison.Ordinal);

    private static void AssertWrong(LlamaConfig config, params string[] named)
    {
        InputException exception = Assert.Throws<InputException>(config.Validate);
        foreach (string part in named)
            Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
