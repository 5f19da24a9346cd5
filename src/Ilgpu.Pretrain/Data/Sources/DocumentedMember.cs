using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>What a documentation file says of one member.</summary>
/// <param name="Id">Its ID string.</param>
/// <param name="TypeParameters">Names of its type parameters.</param>
/// <param name="Parameters">Names of its parameters.</param>
/// <param name="Text">Summary, parameters, result, exceptions, remarks and examples, a line each; empty if it has none.</param>
internal sealed record DocumentedMember(
    string Id,
    IReadOnlyList<string> TypeParameters,
    IReadOnlyList<string> Parameters,
    string Text)
{
    /// <exception cref="InputException">It is not XML.</exception>
    public static List<DocumentedMember> Read(Stream file, string name)
    {
        var members = new List<DocumentedMember>();
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { IgnoreComments = true });
            reader.ReadToFollowing("member");
            while (!reader.EOF)
            {
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "member" })
                    members.Add(Of((XElement)XNode.ReadFrom(reader)));
                else
                    reader.Read();
            }
        }
        catch (XmlException e)
        {
            throw new InputException($"{name} is not an XML documentation file: {e.Message}", e);
        }

        return members;
    }

    public static DocumentedMember Of(XElement member)
    {
        var text = new StringBuilder();
        foreach (XElement summary in member.Elements("summary"))
            Line("", DocumentationText.Of(summary));
        foreach (XElement parameter in member.Elements().Where(element => element.Name.LocalName is "typeparam" or "param"))
            Line($"{(string?)parameter.Attribute("name")}: ", DocumentationText.Of(parameter));
        foreach (XElement result in member.Elements("returns"))
            Line("Returns: ", DocumentationText.Of(result));
        foreach (XElement value in member.Elements("value"))
            Line("Value: ", DocumentationText.Of(value));
        foreach (XElement exception in member.Elements("exception"))
            Line($"Throws {MemberId.Short((string?)exception.Attribute("cref") ?? "")}: ", DocumentationText.Of(exception));
        foreach (XElement remarks in member.Elements().Where(element => element.Name.LocalName is "remarks" or "example"))
            Line("", DocumentationText.Of(remarks));
        return new DocumentedMember(
            (string?)member.Attribute("name") ?? "",
            Names("typeparam"),
            Names("param"),
            text.ToString());

        void Line(string label, string content)
        {
            if (content.Length > 0)
                text.Append(label).Append(content).Append('\n');
        }

        List<string> Names(string kind) => [.. member.Elements(kind).Select(element => (string?)element.Attribute("name") ?? "")];
    }
}
