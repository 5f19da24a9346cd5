using System.Xml.Linq;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

public class DocumentationTextTests
{
    [Theory]
    [InlineData("  A\n      b\t c. ", "A b c.")]
    [InlineData("<see cref=\"T:System.Array\" /> or <see langword=\"null\"/>.", "Array or null.")]
    [InlineData("<see cref=\"F:System.Int32.MaxValue\">the limit</see>", "the limit")]
    [InlineData("<see href=\"https://example.org/x\"/>", "https://example.org/x")]
    [InlineData("<see href=\"https://example.org/x\">the page</see>", "the page")]
    [InlineData("of <xref data-throw-if-not-resolved=\"true\" uid=\"System.UInt32\"></xref>s", "of UInt32s")]
    [InlineData("<paramref name=\"index\"/> of <typeparamref name=\"T\" /> is <c>0</c>", "index of T is 0")]
    [InlineData("<code data-dev-comment-type=\"langword\">true</code> if", "true if")]
    [InlineData("<para>One.</para>\n<para>Two.</para>", "One.\nTwo.")]
    [InlineData("One.<para />Two.<br/>Three.", "One.\nTwo.\nThree.")]
    [InlineData("2<sup>n</sup>", "2^n")]
    [InlineData("a &lt; b &amp;&amp; c", "a < b && c")]
    [InlineData("<forInternalUseOnly/><script>x</script><inheritdoc/>", "")]
    [InlineData("<b>Bold</b> and <i>slanted</i>", "Bold and slanted")]
    public void Markup_becomes_plain_text(string xml, string expected) => Assert.Equal(expected, Of(xml));

    [Fact]
    public void Lists_have_an_item_a_line() => Assert.Equal(
        "One of:\n- Value: Meaning\n- 0: None.\n- Alone.\nAfter.",
        Of("One of: <list type=\"table\"><listheader><term> Value</term><description> Meaning</description></listheader>"
            + "<item><term>0 </term><description>None.</description></item><item><description>Alone.</description></item></list> After."));

    [Fact]
    public void Code_keeps_its_lines_and_its_relative_indent() => Assert.Equal(
        "Like so:\nif (x)\n{\n    y();\n\n}\nDone.",
        Of("Like so: <code>\n      if (x)\n      {\n          y();\n\n      }\n    </code> Done."));

    private static string Of(string content) =>
        DocumentationText.Of(XElement.Parse($"<summary>{content}</summary>", LoadOptions.PreserveWhitespace));
}
