using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

public class MemberIdTests
{
    [Theory]
    [InlineData("T:System.Collections.BitArray", "BitArray")]
    [InlineData("T:System.Collections.Generic.List`1", "List<T>")]
    [InlineData("T:System.Collections.Generic.Dictionary`2.Enumerator", "Enumerator")]
    [InlineData("T:System.Func`3", "Func<T1, T2, T3>")]
    [InlineData("M:System.Collections.BitArray.And(System.Collections.BitArray)", "BitArray.And")]
    [InlineData("M:System.Collections.BitArray.#ctor(System.Int32)", "BitArray")]
    [InlineData("P:System.Collections.Generic.List`1.Count", "List<T>.Count")]
    [InlineData("F:System.Int32.MaxValue", "Int32.MaxValue")]
    [InlineData("M:System.Linq.Enumerable.Select``2(System.Int32)", "Enumerable.Select<T1, T2>")]
    [InlineData("N:System.Collections", "System.Collections")]
    [InlineData("Overload:System.String.Format", "Format")]
    [InlineData("System.Object", "Object")]
    [InlineData("", "")]
    public void References_get_short_names(string id, string expected) => Assert.Equal(expected, MemberId.Short(id));

    [Theory]
    [InlineData("M:A.B.C", "")]
    [InlineData("M:A.B.C(System.Int32,System.String)", "int; string")]
    [InlineData("M:A.B.C(System.Collections.Generic.Dictionary{System.String,System.Collections.Generic.List{`0}},``1)", "Dictionary<string, List<TItem>>; TOther")]
    [InlineData("M:A.B.C(System.Int32@,System.Byte*,System.Char[],System.Double[0:,0:])", "ref int; byte*; char[]; double[,]")]
    [InlineData("M:A.B.C(System.Int32[][])", "int[][]")]
    [InlineData("M:A.B.C(X.Outer{`0}.Inner,System.Nullable{System.Int64})", "Inner; Nullable<long>")]
    [InlineData("M:A.B.op_Implicit(A.B)~System.Int64", "B")]
    public void Parameter_types_read_as_in_CSharp(string id, string expected) =>
        Assert.Equal(expected, string.Join("; ", MemberId.ParameterTypes(id, ["TItem"], ["TFirst", "TOther"])));

    [Fact]
    public void A_conversion_says_what_it_gives()
    {
        Assert.Equal("long", MemberId.ConversionResult("M:A.B.op_Implicit(A.B)~System.Int64", []));
        Assert.Null(MemberId.ConversionResult("M:A.B.C(A.B)", []));
    }

    [Fact]
    public void Operators_and_explicit_implementations_are_called_by_their_last_name()
    {
        Assert.Equal("operator Addition", MemberId.Name("A.B.op_Addition", []));
        Assert.Equal("Equals", MemberId.Name("A.B.System#IEquatable{A#B}#Equals", []));
    }
}
