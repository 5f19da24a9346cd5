using System.Text;

namespace Ilgpu.Pretrain.Reporting;

/// <summary>
/// An element of HTML or SVG and what is in it; whatever text comes from outside is escaped when it is written. What is
/// written is well-formed XML and HTML at once.
/// </summary>
internal sealed class Markup
{
    private static readonly string[] WithoutEnd = ["meta", "br", "col", "hr"];

    private readonly string name;
    private readonly List<(string Name, string Value)> attributes = [];
    private readonly List<object> children = [];

    /// <param name="name">Of the element.</param>
    /// <param name="content">What <see cref="Add"/> takes.</param>
    public Markup(string name, params IEnumerable<object?> content)
    {
        this.name = name;
        Add(content);
    }

    /// <param name="content">Texts, elements, (name, value) pairs for attributes, sequences of these; nulls are nothing.</param>
    public Markup Add(params IEnumerable<object?> content)
    {
        foreach (object? item in content)
        {
            switch (item)
            {
                case null:
                    break;
                case ValueTuple<string, string> attribute:
                    attributes.Add(attribute);
                    break;
                case string or Markup or Verbatim:
                    children.Add(item);
                    break;
                case IEnumerable<object?> more:
                    Add(more);
                    break;
                default:
                    throw new ArgumentException($"'{item}' is no markup.", nameof(content));
            }
        }

        return this;
    }

    /// <summary>A script's or style's own text, which a browser reads as it stands.</summary>
    /// <param name="Text">Not from outside; without <c>&lt;/</c>.</param>
    public sealed record Verbatim(string Text);

    public override string ToString()
    {
        var text = new StringBuilder();
        WriteTo(text);
        return text.ToString();
    }

    /// <summary>Characters that mean something in markup as entities; those that XML forbids as the replacement character.</summary>
    public static string Escape(string text) => Replace(text, Escape);

    /// <summary>What a reader of the escaped text reads: without the characters that XML forbids.</summary>
    public static string Clean(string text) => Replace(text, character => IsForbidden(character) ? "\ufffd" : character.ToString());

    private static string Replace(string text, Func<char, string> replace)
    {
        var escaped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char character = text[i];
            if (char.IsHighSurrogate(character) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                escaped.Append(character).Append(text[++i]);
            else
                escaped.Append(replace(character));
        }

        return escaped.ToString();
    }

    private static string Escape(char character) => character switch
    {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ => IsForbidden(character) ? "\ufffd" : character.ToString(),
    };

    /// <summary>A surrogate of a pair is not asked for.</summary>
    private static bool IsForbidden(char character) =>
        character is (< ' ' and not '\t' and not '\n') or '\ufffe' or '\uffff' || char.IsSurrogate(character);

    private void WriteTo(StringBuilder text)
    {
        text.Append('<').Append(name);
        foreach ((string attribute, string value) in attributes)
            text.Append(' ').Append(attribute).Append("=\"").Append(Escape(value)).Append('"');
        if (WithoutEnd.Contains(name))
        {
            text.Append(" />");
            return;
        }

        text.Append('>');
        foreach (object child in children)
        {
            if (child is Markup element)
                element.WriteTo(text);
            else
                text.Append(child is Verbatim verbatim ? verbatim.Text : Escape((string)child));
        }

        text.Append("</").Append(name).Append('>');
    }
}
