using System.Text;
using System.Xml.Linq;

namespace Oith.LocalCloud.S3;

/// <summary>Reads and writes S3's XML.</summary>
internal static class S3Xml
{
    private const int LongestDocument = 1 << 20;

    public static XElement Text(string name, string value) => new(S3Configuration.Namespace + name, value);

    public static XElement Owner() =>
        new(S3Configuration.Namespace + "Owner", Text("ID", "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"));

    public static Task WriteAsync(HttpContext context, XElement root) => WriteAsync(context, root.ToString(SaveOptions.DisableFormatting));

    public static async Task WriteAsync(HttpContext context, string xml)
    {
        var bytes = Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml);
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>The request's body as text; XML and policies are short.</summary>
    public static async ValueTask<string> ReadTextAsync(HttpContext context)
    {
        using var body = await Wire.RequestBody.ReadAsync(context.Request, LongestDocument, context.RequestAborted);
        return Encoding.UTF8.GetString(body.Memory.Span);
    }

    /// <summary>The values of the elements of that name, whatever their namespace: some clients send none.</summary>
    public static IEnumerable<XElement> Named(this XElement parent, string name) => parent.Elements().Where(element => element.Name.LocalName == name);

    public static string? ValueOf(this XElement parent, string name) => parent.Named(name).FirstOrDefault()?.Value;
}
