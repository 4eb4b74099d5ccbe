using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.AspNetCore.WebUtilities;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The tags of an object: as a header (<c>project=oith&amp;stage=test</c>), as XML, and as they are kept.</summary>
internal static class S3Tags
{
    private const int Most = 10;
    private const int LongestKey = 128;
    private const int LongestValue = 256;

    /// <exception cref="AwsServiceException">InvalidTag.</exception>
    public static JsonObject FromHeader(HttpRequest request) => Read(
        QueryHelpers.ParseQuery(request.Headers["x-amz-tagging"].ToString()).SelectMany(pair => pair.Value.Select(value => (pair.Key, value ?? ""))));

    /// <exception cref="AwsServiceException">InvalidTag, MalformedXML.</exception>
    public static JsonObject FromXml(string text)
    {
        var set = XElement.Parse(text).Named("TagSet").FirstOrDefault() ?? throw new AwsServiceException("MalformedXML", "A Tagging without a TagSet.");
        return Read(set.Named("Tag").Select(tag => (
            tag.ValueOf("Key") ?? throw new AwsServiceException("MalformedXML", "A Tag without a Key."), tag.ValueOf("Value") ?? "")));
    }

    public static XElement ToXml(JsonObject tags) => new(
        S3Configuration.Namespace + "Tagging",
        new XElement(S3Configuration.Namespace + "TagSet", tags.Select(tag => new XElement(
            S3Configuration.Namespace + "Tag", S3Xml.Text("Key", tag.Key), S3Xml.Text("Value", tag.Value!.GetValue<string>())))));

    private static JsonObject Read(IEnumerable<(string Key, string Value)> pairs)
    {
        var tags = new JsonObject();
        foreach (var (key, value) in pairs)
        {
            if (key.Length is 0 or > LongestKey)
            {
                throw new AwsServiceException("InvalidTag", "The TagKey you have provided is invalid");
            }

            if (value.Length > LongestValue)
            {
                throw new AwsServiceException("InvalidTag", "The TagValue you have provided is invalid");
            }

            if (!tags.TryAdd(key, value))
            {
                throw new AwsServiceException("InvalidTag", "Cannot provide multiple Tags with the same key");
            }
        }

        return tags.Count <= Most ? tags : throw new AwsServiceException("BadRequest", "Object tags cannot be greater than 10");
    }
}
