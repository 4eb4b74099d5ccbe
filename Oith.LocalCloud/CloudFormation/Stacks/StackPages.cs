using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Cuts long answers into pages; the token says where the next one starts.</summary>
internal static class StackPages
{
    public const int PageLength = 100;

    /// <exception cref="Wire.AwsServiceException">ValidationError: the token is none of ours.</exception>
    public static JsonObject Cut(string listName, IReadOnlyList<JsonNode?> items, string? token)
    {
        var start = token is null ? 0 : Start(token);
        var result = new JsonObject { [listName] = new JsonArray([.. items.Skip(start).Take(PageLength)]) };
        if (start + PageLength < items.Count)
        {
            result["NextToken"] = Convert.ToBase64String(Encoding.UTF8.GetBytes((start + PageLength).ToString(CultureInfo.InvariantCulture)));
        }

        return result;
    }

    private static int Start(string token)
    {
        Span<byte> bytes = stackalloc byte[16];
        return Convert.TryFromBase64String(token, bytes, out var length)
            && int.TryParse(Encoding.UTF8.GetString(bytes[..length]), NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            ? start
            : throw TemplateErrors.Validation("Invalid NextToken");
    }
}
