using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.Tests.Conformance;
using Oith.Tests.Fixtures;
using Oith.Tests.LocalCloud.Differential;

namespace Oith.Tests.LocalCloud.DynamoDB;

/// <summary>
/// The same calls to LocalCloud and to moto_server. An answer that differs must be listed in differential-known.json with what
/// AWS's documentation or a recorded answer of AWS says, and a listed one must differ.
/// </summary>
public sealed class DynamoDBDifferentialTests(LocalCloudFixture fixture, MotoServer moto) : IClassFixture<LocalCloudFixture>, IClassFixture<MotoServer>
{
    // What no two servers answer alike.
    private static readonly HashSet<string> s_ignored = ["TableId", "CreationDateTime", "LastUpdateToPayPerRequestDateTime"];

    private static readonly string s_folder = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "LocalCloud", "DynamoDB");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_Differ_From_Motos_Only_Where_Explained()
    {
        using var http = new HttpClient();
        var calls = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(s_folder, "differential-calls.json"), Cancellation))!.AsArray();
        var ours = new Dictionary<string, JsonNode?>();
        var theirs = new Dictionary<string, JsonNode?>();
        foreach (var call in calls)
        {
            var name = (string)call!["name"]!;
            ours.Add(name, await CallAsync(http, fixture.Endpoint, call));
            theirs.Add(name, await CallAsync(http, moto.Endpoint, call));
        }

        await AnswerDifferences.AreExplainedAsync(ours, theirs, Path.Combine(s_folder, "differential-known.json"), Cancellation);
    }

    private static async Task<JsonNode> CallAsync(HttpClient http, Uri endpoint, JsonNode call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        request.Headers.Add("X-Amz-Target", "DynamoDB_20120810." + (string)call["operation"]!);
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0");
        request.Content = new StringContent(call["input"]!.ToJsonString(), Encoding.UTF8);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        using var response = await http.SendAsync(request, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        JsonNode body = text.StartsWith('{') ? JsonNode.Parse(text)! : "no JSON";
        return new JsonObject { ["status"] = (int)response.StatusCode, ["body"] = Normalise(body, "") };
    }

    /// <summary>Takes out what may differ: ids, times, the account, the order of scans, of sets and of attribute definitions.</summary>
    private static JsonNode? Normalise(JsonNode? node, string name) => node switch
    {
        JsonObject members => new JsonObject(members
            .Where(member => !s_ignored.Contains(member.Key))
            .Select(member => KeyValuePair.Create(member.Key == "Message" ? "message" : member.Key, Normalise(member.Value, member.Key)))),
        JsonArray items when name is "SS" or "NS" or "Items" => new JsonArray(
            [.. items.Select(item => Normalise(item, "")).OrderBy(item => item!.ToJsonString(), StringComparer.Ordinal)]),
        JsonArray items => new JsonArray([.. items.Select(item => Normalise(item, ""))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => name == "__type"
            ? value.GetValue<string>().Split('#')[^1]
            : value.GetValue<string>().Replace("123456789012", "000000000000", StringComparison.Ordinal),
        _ => node?.DeepClone(),
    };
}
