using System.Xml.Linq;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Reads Query answers by local names, because emulators differ in the namespace that they declare.</summary>
internal static class XElementExtensions
{
    public static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    /// <summary>Returns the text of a child element, or null where it is missing or empty.</summary>
    public static string? Text(this XElement element, string name) => element.Child(name)?.Value is { Length: > 0 } text ? text : null;

    public static string RequiredText(this XElement element, string name) =>
        element.Text(name)
        ?? throw new DistributedApplicationException($"The answer of CloudFormation has no {name} in {element.Name.LocalName}.");

    /// <summary>Returns the members of a list: <c>&lt;Stacks&gt;&lt;member&gt;…</c>.</summary>
    public static IEnumerable<XElement> Members(this XElement element, string list) =>
        element.Child(list)?.Elements().Where(e => e.Name.LocalName == "member") ?? [];

    /// <summary>Returns the items of a list of EC2: <c>&lt;vpcSet&gt;&lt;item&gt;…</c>.</summary>
    public static IEnumerable<XElement> Items(this XElement element, string list) =>
        element.Child(list)?.Elements().Where(e => e.Name.LocalName == "item") ?? [];
}
