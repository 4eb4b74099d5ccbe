using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Oith.LocalCloud.S3;

/// <summary>Reads and writes S3's XML.</summary>
internal static class S3Xml
{
    private const int LongestDocument = 1 << 20;

    // S3's own documents nest six levels at most. What a list entry costs grows with its depth, so depth is bounded while it is read.
    private const int MaximumDepth = 16;

    private static readonly XmlReaderSettings s_readerSettings = new() { DtdProcessing = DtdProcessing.Prohibit };

    public static XElement Text(string name, string value) => new(S3Configuration.Namespace + name, value);

    public static XElement Owner() =>
        new(S3Configuration.Namespace + "Owner", Text("ID", "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"));

    public static Task WriteAsync(HttpContext context, XElement root)
    {
        var text = new StringBuilder();
        // A key may hold characters that XML has only as references.
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, CheckCharacters = false }))
        {
            root.WriteTo(writer);
        }

        return WriteAsync(context, text.ToString());
    }

    public static async Task WriteAsync(HttpContext context, string xml)
    {
        var bytes = Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml);
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>The request's body as text, held against the digests that came with it; XML and policies are short.</summary>
    /// <exception cref="Wire.AwsServiceException">BadDigest.</exception>
    public static async ValueTask<string> ReadTextAsync(HttpContext context)
    {
        var text = await ReadUncheckedTextAsync(context);
        var bytes = Encoding.UTF8.GetBytes(text);
        var headers = context.Request.Headers;
        foreach (var algorithm in S3Checksum.Algorithms)
        {
            using var checksum = new S3Checksum(algorithm);
            checksum.Append(bytes);
            if (headers["x-amz-checksum-" + algorithm].ToString() is { Length: > 0 } expected && expected != checksum.Finish())
            {
                throw S3Errors.BadDigest(algorithm.ToUpperInvariant());
            }
        }

#pragma warning disable CA5351 // Content-MD5 tells transmission errors.
        return headers["Content-MD5"].ToString() is { Length: > 0 } md5 && md5 != Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(bytes))
            ? throw S3Errors.BadDigest("Content-MD5")
            : text;
#pragma warning restore CA5351
    }

    /// <summary>The request's body as text, where the digests of the request are not the body's.</summary>
    public static async ValueTask<string> ReadUncheckedTextAsync(HttpContext context)
    {
        using var body = await Wire.RequestBody.ReadAsync(context.Request, LongestDocument, context.RequestAborted);
        return Encoding.UTF8.GetString(body.Memory.Span);
    }

    /// <summary>The request's body as an XML document.</summary>
    /// <exception cref="Wire.AwsServiceException">MalformedXML: not well-formed, or nested too deeply.</exception>
    public static async ValueTask<XElement> ReadAsync(HttpContext context)
    {
        var text = await ReadTextAsync(context);
        using (var reader = XmlReader.Create(new StringReader(text), s_readerSettings))
        {
            while (reader.Read())
            {
                if (reader.Depth > MaximumDepth)
                {
                    throw new Wire.AwsServiceException("MalformedXML", $"The XML you provided is nested deeper than {MaximumDepth} levels.");
                }
            }
        }

        using var whole = XmlReader.Create(new StringReader(text), s_readerSettings);
        return XElement.Load(whole);
    }

    /// <summary>The values of the elements of that name, whatever their namespace: some clients send none.</summary>
    public static IEnumerable<XElement> Named(this XElement parent, string name) => parent.Elements().Where(element => element.Name.LocalName == name);

    public static string? ValueOf(this XElement parent, string name) => parent.Named(name).FirstOrDefault()?.Value;
}
