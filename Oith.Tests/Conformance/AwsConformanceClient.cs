using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Oith.Tests.Conformance;

/// <summary>Sends a recorded call over HTTP as an AWS client would, in the service's own protocol.</summary>
internal sealed class AwsConformanceClient(HttpClient http, Uri endpoint)
{
    private static readonly Dictionary<string, (string SigningName, string Target, string Version)> s_json = new(StringComparer.Ordinal)
    {
        ["sqs"] = ("sqs", "AmazonSQS", "1.0"),
        ["dynamodb"] = ("dynamodb", "DynamoDB_20120810", "1.0"),
        ["dynamodbstreams"] = ("dynamodb", "DynamoDBStreams_20120810", "1.0"),
        ["kms"] = ("kms", "TrentService", "1.1"),
        ["events"] = ("events", "AWSEvents", "1.1"),
        ["logs"] = ("logs", "Logs_20140328", "1.1"),
        ["stepfunctions"] = ("states", "AWSStepFunctions", "1.0"),
        ["secretsmanager"] = ("secretsmanager", "secretsmanager", "1.1"),
        ["ssm"] = ("ssm", "AmazonSSM", "1.1"),
    };

    private static readonly Dictionary<string, (string SigningName, string Version)> s_query = new(StringComparer.Ordinal)
    {
        ["sqs-query"] = ("sqs", "2012-11-05"),
        ["sns"] = ("sns", "2010-03-31"),
        ["cloudformation"] = ("cloudformation", "2010-05-15"),
        ["cloudwatch"] = ("monitoring", "2010-08-01"),
        ["sts"] = ("sts", "2011-06-15"),
        ["iam"] = ("iam", "2010-05-08"),
    };

    // The Query protocol writes maps and structures differently, and the data does not say which is which.
    private static readonly HashSet<string> s_maps = ["Attributes", "MessageAttributes"];

    private static readonly Dictionary<string, (string Member, string Key)> s_sqsMaps = new(StringComparer.Ordinal)
    {
        ["Attributes"] = ("Attribute", "Name"),
        ["MessageAttributes"] = ("MessageAttribute", "Name"),
        ["MessageSystemAttributes"] = ("MessageSystemAttribute", "Name"),
        ["Tags"] = ("Tag", "Key"),
        ["tags"] = ("Tag", "Key"),
    };

    private static readonly Dictionary<string, string> s_sqsLists = new(StringComparer.Ordinal)
    {
        ["AttributeNames"] = "AttributeName",
        ["MessageAttributeNames"] = "MessageAttributeName",
        ["MessageSystemAttributeNames"] = "MessageSystemAttributeName",
        ["TagKeys"] = "TagKey",
        ["AWSAccountIds"] = "AWSAccountId",
        ["Actions"] = "ActionName",
    };

    /// <summary>The signing name of a service as the recordings call it, null when it speaks a protocol that is not sent from here.</summary>
    public static string? SigningNameOf(string service) =>
        s_json.TryGetValue(service, out var json) ? json.SigningName : s_query.TryGetValue(service, out var query) ? query.SigningName : null;

    public async Task<JsonObject> SendAsync(string service, string operation, JsonObject parameters, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{SigningNameOf(service)}/aws4_request, SignedHeaders=host, Signature=00");
        if (s_json.TryGetValue(service, out var json))
        {
            request.Headers.Add("X-Amz-Target", $"{json.Target}.{operation}");
            request.Content = new StringContent(parameters.ToJsonString(), Encoding.UTF8);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-" + json.Version);
            using var response = await http.SendAsync(request, cancellationToken);
            return await AwsAnswer.FromJsonAsync(response, cancellationToken);
        }

        var form = new List<KeyValuePair<string, string>> { new("Action", operation), new("Version", s_query[service].Version) };
        var isSqs = service == "sqs-query";
        foreach (var (name, value) in parameters)
        {
            Flatten(form, isSqs ? SqsName(operation, name) : name, name, value, isSqs);
        }

        request.Content = new StringContent(
            string.Join('&', form.Select(pair => Uri.EscapeDataString(pair.Key) + "=" + Uri.EscapeDataString(pair.Value))),
            Encoding.UTF8,
            "application/x-www-form-urlencoded");
        using var answer = await http.SendAsync(request, cancellationToken);
        return await AwsAnswer.FromXmlAsync(answer, isSqs, cancellationToken);
    }

    private static void Flatten(List<KeyValuePair<string, string>> form, string prefix, string member, JsonNode? value, bool isSqs)
    {
        switch (value)
        {
            case null:
                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    Flatten(form, $"{prefix}{(isSqs ? "" : ".member")}.{i + 1}", "", items[i], isSqs);
                }

                break;
            case JsonObject map when isSqs ? s_sqsMaps.ContainsKey(member) : s_maps.Contains(member):
                var number = 0;
                foreach (var (key, content) in map)
                {
                    number++;
                    var (entry, keyName, valueName) = isSqs
                        ? ($"{prefix}.{number}", s_sqsMaps[member].Key, "Value")
                        : ($"{prefix}.entry.{number}", member == "MessageAttributes" ? "Name" : "key", member == "MessageAttributes" ? "Value" : "value");
                    form.Add(new($"{entry}.{keyName}", key));
                    Flatten(form, $"{entry}.{valueName}", "", content, isSqs);
                }

                break;
            case JsonObject members:
                foreach (var (name, content) in members)
                {
                    Flatten(form, $"{prefix}.{(isSqs ? SqsName("", name) : name)}", name, content, isSqs);
                }

                break;
            default:
                form.Add(new(prefix, value.GetValueKind() == System.Text.Json.JsonValueKind.String
                    ? value.GetValue<string>()
                    : Convert.ToString(value.ToJsonString(), CultureInfo.InvariantCulture)));
                break;
        }
    }

    private static string SqsName(string operation, string member) =>
        member == "Entries" ? operation + "RequestEntry"
        : s_sqsMaps.TryGetValue(member, out var map) ? map.Member
        : s_sqsLists.GetValueOrDefault(member, member);
}
