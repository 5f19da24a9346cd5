using System.Text;
using System.Xml.Linq;

namespace Ilgpu.Pretrain.Data.Sources;

/// <summary>The text of an XML documentation comment: references by their short names, a paragraph a line, code as it is.</summary>
internal sealed class DocumentationText
{
    private readonly StringBuilder text = new();
    private bool spacePending;

    /// <summary>The element's content; empty where it says nothing.</summary>
    public static string Of(XElement element)
    {
        var writer = new DocumentationText();
        writer.Content(element);
        return writer.text.ToString().TrimEnd();
    }

    private void Content(XElement element)
    {
        foreach (XNode node in element.Nodes())
        {
            if (node is XText run)
                Run(run.Value);
            else if (node is XElement child)
                Element(child);
        }
    }

    private void Element(XElement element)
    {
        switch (element.Name.LocalName)
        {
            case "see" or "seealso" or "a" or "xref":
                Reference(element);
                break;
            case "paramref" or "typeparamref":
                Run((string?)element.Attribute("name") ?? "");
                break;
            case "para" or "p" or "div" or "ul" or "list":
                Line();
                Content(element);
                Line();
                break;
            case "br":
                Line();
                break;
            case "item" or "li" or "listheader":
                Line();
                Run("- ");
                Item(element);
                Line();
                break;
            case "code" when element.Attribute("data-dev-comment-type") is null && element.Value.Contains('\n', StringComparison.Ordinal):
                Code(element.Value);
                break;
            case "sup":
                text.Append('^');
                Content(element);
                break;
            case "script" or "devremarks" or "forInternalUseOnly" or "inheritdoc":
                break;
            default:
                Content(element);
                break;
        }
    }

    private void Reference(XElement element)
    {
        if (!string.IsNullOrWhiteSpace(element.Value))
            Content(element);
        else if (element.Attribute("cref") is { } member)
            Run(MemberId.Short(member.Value));
        else
            Run(
                (string?)element.Attribute("langword")
                ?? (element.Attribute("uid") is { } uid ? MemberId.Short(uid.Value) : null)
                ?? (string?)element.Attribute("href")
                ?? "");
    }

    private void Item(XElement item)
    {
        XElement? term = item.Element("term");
        XElement? description = item.Element("description");
        if (term is null || description is null)
        {
            Content(item);
            return;
        }

        Content(term);
        spacePending = false;
        Run(": ");
        Content(description);
    }

    /// <summary>Running text: white space becomes single spaces, none at the start of a line.</summary>
    private void Run(string value)
    {
        foreach (char c in value)
        {
            if (char.IsWhiteSpace(c))
            {
                spacePending = text.Length > 0 && text[^1] != '\n';
                continue;
            }

            if (spacePending)
                text.Append(' ');
            spacePending = false;
            text.Append(c);
        }
    }

    private void Code(string value)
    {
        Line();
        string[] lines = [.. value.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];
        int indent = lines.Where(line => line.Length > 0).Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty(0).Min();
        IEnumerable<string> shown = lines
            .SkipWhile(line => line.Length == 0)
            .Reverse()
            .SkipWhile(line => line.Length == 0)
            .Reverse();
        foreach (string line in shown)
            text.Append(line.Length == 0 ? "" : line[indent..]).Append('\n');
    }

    private void Line()
    {
        if (text.Length > 0 && text[^1] != '\n')
            text.Append('\n');
        spacePending = false;
    }
}
