using System.Text;
using Ilgpu.Pretrain.Data;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

public class DocumentCutTests
{
    [Theory]
    [InlineData("one\ntwo\nthree\n", .3, "one\ntwo\n", "three\n")]
    [InlineData("one\ntwo\nthree", .01, "one\ntwo\n", "three")]
    [InlineData("a long first line\nb", .9, "a long first line\n", "b")]
    [InlineData("no line end", .5, "no li", "ne end")]
    [InlineData("one line\n", .5, "one ", "line\n")]
    [InlineData("€€", .9, "€", "€")]
    [InlineData("€€", .1, "€", "€")]
    [InlineData("a\n", .5, "a", "\n")]
    public void The_last_lines_are_held_out(string text, double share, string train, string validation)
    {
        (TextDocument first, TextDocument second) = DocumentCut.AtLine(new TextDocument("d", Encoding.UTF8.GetBytes(text)), share);
        Assert.Equal((train, validation), (Encoding.UTF8.GetString(first.Utf8.Span), Encoding.UTF8.GetString(second.Utf8.Span)));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("€")]
    public void A_single_character_cannot_be_split(string text)
    {
        var e = Assert.Throws<InputException>(() => DocumentCut.AtLine(new TextDocument("d.txt", Encoding.UTF8.GetBytes(text)), .5));
        Assert.Equal("d.txt is one character, which cannot be split into training and validation", e.Message);
    }
}
