using System.Text.Json.Nodes;
using System.Xml.Linq;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>The parts of a bucket's configuration that are accepted, kept and shown; none of them changes what LocalCloud does.</summary>
internal static class S3Configuration
{
    public static readonly XNamespace Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>A part: its name in URLs, the input's member and what a bucket without it answers.</summary>
    /// <param name="Operation">The end of the operations' names: <c>BucketVersioning</c>.</param>
    /// <param name="Default">The XML that is shown when nothing is set; null when that is the error <paramref name="MissingCode"/>.</param>
    public sealed record Part(string Kind, string Operation, string Member, string? Default, string MissingCode, string MissingMessage);

    public static readonly IReadOnlyList<Part> Parts =
    [
        new("versioning", "BucketVersioning", "VersioningConfiguration", "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>", "", ""),
        new(
            "encryption", "BucketEncryption", "ServerSideEncryptionConfiguration",
            "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ApplyServerSideEncryptionByDefault>"
            + "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"
            + "</ServerSideEncryptionConfiguration>",
            "", ""),
        new(
            "publicAccessBlock", "PublicAccessBlock", "PublicAccessBlockConfiguration", null, "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found"),
        new(
            "lifecycle", "BucketLifecycleConfiguration", "LifecycleConfiguration", null, "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist"),
        new("tagging", "BucketTagging", "Tagging", null, "NoSuchTagSet", "The TagSet does not exist"),
        new(
            "ownershipControls", "BucketOwnershipControls", "OwnershipControls", null, "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found"),
        new("policy", "BucketPolicy", "Policy", null, "NoSuchBucketPolicy", "The bucket policy does not exist"),
    ];

    /// <exception cref="AwsServiceException">The bucket has no such configuration.</exception>
    public static string Show(S3Store store, string bucket, Part part) =>
        store.Configuration(bucket, part.Kind) ?? part.Default
        ?? throw new AwsServiceException(part.MissingCode, part.MissingMessage, System.Net.HttpStatusCode.NotFound);

    /// <summary>The XML of a configuration that was given as the API's JSON.</summary>
    public static string ToXml(Part part, JsonNode value) => Element(part.Member, value).ToString(SaveOptions.DisableFormatting);

    private static XElement Element(string name, JsonNode? value)
    {
        var element = new XElement(Namespace + name);
        if (value is not JsonObject members)
        {
            element.Value = value?.ToString() ?? "";
            return element;
        }

        foreach (var (member, content) in members)
        {
            switch (content)
            {
                // <TagSet><Tag>…</Tag></TagSet>, but each of Rules is a <Rule> of its own.
                case JsonArray tags when member == "TagSet":
                    element.Add(new XElement(Namespace + member, tags.Select(tag => Element("Tag", tag))));
                    break;
                case JsonArray items:
                    element.Add(items.Select(item => Element(member.TrimEnd('s'), item)));
                    break;
                default:
                    element.Add(Element(member, content));
                    break;
            }
        }

        return element;
    }
}
