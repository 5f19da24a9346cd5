using System.Text;
using Ilgpu.Pretrain.Data.Sources;

namespace Ilgpu.Pretrain.Tests.Data;

public class DotnetDocsTests
{
    private const string Library = """
        <?xml version="1.0" encoding="utf-8"?>
        <doc>
          <assembly><name>Library</name></assembly>
          <members>
            <member name="M:Space.Box`1.Put(`0,System.Int32)">
              <summary>Puts <paramref name="item" /> into the <see cref="T:Space.Box`1" />.</summary>
              <param name="item">What is put.</param>
              <param name="index" />
              <returns>
                <see langword="true" /> if there was room.</returns>
              <exception cref="T:System.ArgumentException">
                <paramref name="index" /> is negative.</exception>
              <remarks>
                <para>First.</para>
                <para>Second.</para>
              </remarks>
            </member>
            <member name="M:Space.Box`1.Put(`0)">
              <summary>Puts <paramref name="item" /> anywhere.</summary>
            </member>
            <member name="T:Space.Box`1">
              <summary>Holds things.</summary>
              <typeparam name="TItem">The things' type.</typeparam>
            </member>
            <member name="M:Space.Box`1.Lid.Open(`0)"><summary>Opens it.</summary></member>
            <member name="T:Space.Box`1.Lid"><summary>Closes a box.</summary></member>
            <member name="M:Space.Box`1.#ctor"><summary>Makes a box.</summary></member>
            <member name="P:Space.Box`1.Item(System.Int32)"><summary>Gets a thing.</summary><param name="index">Where.</param><value>The thing.</value></member>
            <member name="M:Space.Box`1.op_Explicit(Space.Box{`0})~System.Int32"><summary>Counts.</summary><param name="box"/></member>
            <member name="M:Space.Box`1.Clear"><inheritdoc /></member>
            <member name="T:Another.Bag"><summary>Holds things.</summary></member>
            <member name="M:Another.Bag.Shake"><summary>Makes a box.</summary></member>
            <member name="M:Another.Bag.Shut"><summary>Closes the bag.</summary></member>
          </members>
        </doc>
        """;

    [Fact]
    public void A_type_with_its_members_and_nested_types_is_a_document()
    {
        TextDocument[] documents = [.. DotnetDocs.Documents(Members(Library))];
        Assert.Equal(["Another.Bag", "Space.Box`1"], documents.Select(document => document.Name));
        Assert.Equal(
            """
            Another.Bag
            Holds things.

            Bag.Shake()
            Makes a box.

            Bag.Shut()
            Closes the bag.

            """.ReplaceLineEndings("\n"),
            Text(documents[0]));
        Assert.Equal(
            """
            Space.Box<TItem>
            Holds things.
            TItem: The things' type.

            Box<TItem>.Item[int index]
            Gets a thing.
            index: Where.
            Value: The thing.

            Box<TItem>.Lid
            Closes a box.

            Lid.Open(TItem)
            Opens it.

            Box<TItem>.Put(TItem)
            Puts item anywhere.

            Box<TItem>.Put(TItem item, int index)
            Puts item into the Box<T>.
            item: What is put.
            Returns: true if there was room.
            Throws ArgumentException: index is negative.
            First.
            Second.

            Box<TItem>.operator Explicit(Box<TItem> box) to int
            Counts.

            """.ReplaceLineEndings("\n"),
            Text(documents[1]));
    }

    [Fact]
    public void Identical_texts_stand_once()
    {
        string all = string.Concat(DotnetDocs.Documents(Members(Library)).Select(Text));
        Assert.Equal(2, all.Split("Makes a box.").Length);
    }

    [Fact]
    public void Documents_do_not_depend_on_the_order_of_members()
    {
        List<DocumentedMember> members = Members(Library);
        string[] forwards = [.. DotnetDocs.Documents(members).Select(Text)];
        members.Reverse();
        Assert.Equal(forwards, DotnetDocs.Documents(members).Select(Text));
    }

    [Fact]
    public void A_large_type_is_several_documents_that_stay_together()
    {
        IEnumerable<string> methods = Enumerable.Range(0, 300).Select(i =>
            $"<member name=\"M:S.Large.M{i:D3}\"><summary>{new string('x', 100)} number {i}.</summary></member>");
        string xml = $"<doc><members><member name=\"T:S.Before\"><summary>Before.</summary></member>{string.Concat(methods)}</members></doc>";
        TextDocument[] documents = [.. DotnetDocs.Documents(Members(xml))];
        Assert.Equal("S.Before", documents[0].Name);
        Assert.True(documents.Length > 4);
        Assert.Equal([false, false, .. Enumerable.Repeat(true, documents.Length - 2)], documents.Select(document => document.WithPrevious));
        Assert.All(documents, document => Assert.InRange(document.Utf8.Length, 1, 8192));
        string joined = string.Concat(documents.Skip(1).Select(Text));
        Assert.All(Enumerable.Range(0, 300), i => Assert.Equal(2, joined.Split($"Large.M{i:D3}()\n{new string('x', 100)} number {i}.\n").Length));
    }

    [Fact]
    public void What_is_not_XML_is_named_with_its_line()
    {
        var e = Assert.Throws<InputException>(() => Members("<doc><members>\n<member name=\"T:A\"></members></doc>"));
        Assert.StartsWith("Library.xml is not an XML documentation file: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("Line 2", e.Message, StringComparison.Ordinal);
    }

    private static List<DocumentedMember> Members(string xml) =>
        DocumentedMember.Read(new MemoryStream(Encoding.UTF8.GetBytes(xml)), "Library.xml");

    private static string Text(TextDocument document) => Encoding.UTF8.GetString(document.Utf8.Span);
}
