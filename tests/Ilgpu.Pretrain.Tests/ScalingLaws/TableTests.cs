using Ilgpu.Pretrain.ScalingLaws;

namespace Ilgpu.Pretrain.Tests.ScalingLaws;

/// <summary>Tables as people write them.</summary>
public sealed class TableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("n,d,loss\n1e9,2E+10,3.5\n2000000000,4e10,3.25\n")]
    [InlineData("\uFEFFn,d,loss\r\n1e9,2E+10,3.5\r\n2000000000,4e10,3.25\r\n")]
    [InlineData("# made by hand, \"mostly\"\nn, d , loss\n\n1e9, 2E+10 ,3.5\n# between\n2000000000,4e10,3.25")]
    [InlineData("\"n\",\"d\",\"loss\"\n\"1e9\",\"2E+10\",\"3.5\"\n\"2000000000\", \"4e10\",\"3.25\"\n")]
    [InlineData("n;d;loss\n1e9;2E+10;3.5\n2000000000;4e10;3.25\n")]
    [InlineData("n\td\tloss\n1e9\t2E+10\t3.5\n2000000000\t4e10\t3.25\n")]
    [InlineData("{\"n\":1e9,\"d\":2E+10,\"loss\":3.5}\n{\"loss\":\"3.25\",\"n\":2000000000,\"d\":4e10}\n")]
    [InlineData("\n[{\"n\":1e9,\"d\":2E+10,\"loss\":3.5},\n {\"loss\":3.25,\"n\":2000000000,\"d\":4e10}]")]
    public void The_same_table_in_any_dress_has_the_same_numbers(string text)
    {
        DataTable table = Read(text);
        Assert.Equal(["n", "d", "loss"], table.Columns);
        Assert.Equal([1e9, 2e9], table.Numbers(table.Find("n")));
        Assert.Equal([2e10, 4e10], table.Numbers(table.Find("D")));
        Assert.Equal([3.5, 3.25], table.Numbers(table.Require("--loss", "Loss")));
    }

    [Fact]
    public void Quoted_cells_keep_commas_quotes_and_lines_and_rows_the_number_of_their_first_line()
    {
        DataTable table = Read("name,loss\n\"a, \"\"b\"\"\nc\",1\nplain,2\n");
        Assert.Equal(["a, \"b\"\nc", "plain"], table.Words(0));
        Assert.Equal(["table line 2", "table line 4"], table.Rows.Select(row => row.Name));
    }

    [Fact]
    public void A_cell_that_begins_like_a_comment_is_none()
    {
        DataTable table = Read("# name,loss\nname,loss\n#faebdd,1\n# left out\n#2,2\n");
        Assert.Equal(["#faebdd", "#2"], table.Words(0));
    }

    [Fact]
    public void Missing_cells_are_no_numbers()
    {
        DataTable table = Read("n,loss,note\n1,,x\n2,NaN\n3,null,y\n");
        Assert.All(table.Numbers(1), value => Assert.True(double.IsNaN(value)));
        Assert.Equal(["x", "", "y"], table.Words(2));
        Assert.Equal([1, double.NaN], Read("{\"a\":{\"b\":1}}\n{\"c\":null}\n").Numbers(0));
    }

    [Theory]
    [InlineData("n,loss\n1,2,3\n", "table line 2 has 3 cells; the columns are 2: n, loss.")]
    [InlineData("n,loss\n1,\"2\n", "table line 2 opens a quote that is not closed.")]
    [InlineData("{\"n\":1}\n{\"n\":\n", "table line 2 is not JSON: ")]
    [InlineData("n,loss\n", "has no rows")]
    [InlineData("", "has no rows")]
    public void A_broken_table_is_refused_with_the_line(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_word_among_numbers_is_named_with_its_row()
    {
        DataTable table = Read("n,loss\n1,2\n3,four\n");
        Assert.Equal("table line 3: the column loss has 'four', which is not a number.", Assert.Throws<InputException>(() => table.Numbers(1)).Message);
    }

    [Fact]
    public void A_name_that_two_columns_share_but_for_case_has_to_be_exact()
    {
        DataTable table = Read("N,n,loss\n1,2,3\n");
        Assert.Equal(0, table.Find("N"));
        Assert.Equal(1, table.Find("n"));
        Assert.Equal(-1, Read("Nn,nN,loss\n1,2,3\n").Find("NN"));
    }

    [Theory]
    [InlineData("optimizer=adamw", "1,2")]
    [InlineData("optimizer!=adamw", "3,4")]
    [InlineData("d>=2", "2,4")]
    [InlineData("optimizer=muon|adamw,d=1", "1,3")]
    [InlineData("d<2, OPTIMIZER = muon", "3")]
    public void Rows_are_picked_by_their_cells(string condition, string expected)
    {
        DataTable table = Read("id,optimizer,d\n1,adamw,1\n2,adamw,2\n3,muon,1\n4,muon,2\n");
        TableFilter filter = TableFilter.Parse("--where", condition);
        Assert.Equal(expected, string.Join(',', filter.Apply(table).Words(0)));
        Assert.Equal(4, filter.Apply(table).Rows.Count + filter.Rest(table).Rows.Count);
    }

    [Theory]
    [InlineData("colour=red", "--where was given the column 'colour'; table has: id, optimizer, d.")]
    [InlineData("d", "--where was given 'd'; it takes COLUMN=VALUE")]
    [InlineData("d=7", "none of the 1 rows")]
    public void A_condition_that_makes_no_sense_is_refused(string condition, string expected)
    {
        DataTable table = Read("id,optimizer,d\n1,adamw,1\n");
        Assert.Contains(expected, Assert.Throws<InputException>(() => TableFilter.Parse("--where", condition).Apply(table)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_tells_which_there_are()
    {
        DataTable table = Read("size,tokens,final_loss\n1,2,3\n");
        Assert.Equal(
            "The law chinchilla needs N (parameters): name its column with --n. table has: size, tokens, final_loss.",
            Assert.Throws<InputException>(() => LawDataReader.Read(new ChinchillaLaw(), table, new Dictionary<string, string>())).Message);
        LawData data = LawDataReader.Read(new ChinchillaLaw(), table, new Dictionary<string, string> { ["N"] = "SIZE" });
        Assert.Equal([2], data.Numbers("D"));
        Assert.Equal([3], data.Target);
    }

    [Fact]
    public void Tokens_are_worked_out_from_the_compute_where_only_that_is_there()
    {
        DataTable table = Read("Model Size,Training FLOP,loss\n1e9,1.2e20,3\n");
        LawData data = LawDataReader.Read(new ChinchillaLaw(), table, new Dictionary<string, string> { ["N"] = "model size", ["C"] = "training flop" });
        Assert.Equal([2e10], data.Numbers("D"));
    }

    private DataTable Read(string text) => TableFile.Read(folder.Write("table", text));
}
