using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.Stack.Population;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.SingleProcess;

/// <summary>A queued match request is one trace, from the caller to the notification.</summary>
[Collection(OithStackCollection.Name)]
public sealed class TraceTests(OithStackFixture stack)
{
    [Fact]
    public async Task Queued_Request_Is_One_Trace_From_The_Caller_To_The_Notification()
    {
        var email = SyntheticPopulation.EmailOf(1_234);
        await EmptyHandAsync(email);
        var (trace, caller) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/match/requests")
        {
            Content = JsonContent.Create(new { userEmail = email }),
        };
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-{caller}-01");
        using var accepted = await stack.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(202, (int)accepted.StatusCode);

        var spans = await Eventually.GetAsync(async () =>
        {
            var found = await SpansAsync(trace);
            // A server's span ends a moment after its answer was read.
            var isWhole = found.TrueForAll(span => span.Parent == caller.ToHexString() || found.Exists(other => other.Id == span.Parent));
            return isWhole && found.Exists(span => span.Name.StartsWith("pipe ", StringComparison.Ordinal)) ? found : null;
        });

        // Nothing hangs in the air: every span leads back to the caller.
        Assert.All(spans, span => Path(spans, span, caller));
        string[] queued =
        [
            "POST /api/match/requests", "SQS SendMessage", "pipe oith-development-match-requests", "execution oith-development-distributed-matching",
            "state AnswerRequests",
        ];
        Assert.Equal([.. queued, "state Notify"], Path(spans, Only(spans, "state Notify"), caller));

        string[] task = [.. queued, "state MatchDirect", "invoke oith-development-matching-service", "POST /events", "task matchDirect"];
        var calls = spans.Where(span => Path(spans, span, caller) is var path && path.Take(task.Length).SequenceEqual(task)).ToList();
        Assert.Contains(calls, span => Is(span, "redis"));
        Assert.Contains(calls, span => Is(span, "aws.dynamodb") && span.Annotations["db.collection.name"]?.GetValue<string>() == "oith-development-users");
        // What the service calls and what the database is asked are two ends of one line.
        Assert.Contains(calls, span => span.Origin == "Microsoft.AspNetCore" && span.Name == "DynamoDB TransactWriteItems");
    }

    // Other tests use the same people, and a match in the hand would be the answer without a search.
    private async Task EmptyHandAsync(string email)
    {
        var status = await stack.Client.GetFromJsonAsync<JsonNode>($"/api/match/status?userEmail={email}", TestContext.Current.CancellationToken);
        if (status!["match"]?["email"]?.GetValue<string>() is { } match)
        {
            using var passed = await stack.Client.PostAsJsonAsync(
                "/api/match/pass", new { userEmail = email, matchEmail = match }, TestContext.Current.CancellationToken);
            Assert.True(passed.IsSuccessStatusCode);
        }
    }

    private static bool Is(Span span, string system) => span.Annotations["db.system.name"]?.GetValue<string>() == system;

    private static Span Only(List<Span> spans, string name) => Assert.Single(spans, span => span.Name == name);

    /// <summary>Names from the first span under the caller's down to this one.</summary>
    private static List<string> Path(List<Span> spans, Span span, ActivitySpanId caller)
    {
        var names = new List<string> { span.Name };
        while (span.Parent != caller.ToHexString())
        {
            span = Assert.Single(spans, other => other.Id == span.Parent);
            names.Insert(0, span.Name);
        }

        return names;
    }

    private async Task<List<Span>> SpansAsync(ActivityTraceId trace)
    {
        var text = trace.ToHexString();
        var answer = await stack.CallAsync("xray", "BatchGetTraces", new() { ["TraceIds"] = new JsonArray($"1-{text[..8]}-{text[8..]}") });
        return [.. answer["Traces"]!.AsArray()
            .SelectMany(found => found!["Segments"]!.AsArray())
            .Select(segment => JsonNode.Parse(segment!["Document"]!.GetValue<string>())!)
            .Select(document => new Span(
                document["id"]!.GetValue<string>(),
                document["parent_id"]?.GetValue<string>(),
                document["origin"]!.GetValue<string>(),
                document["name"]!.GetValue<string>(),
                document["annotations"]!))];
    }

    private sealed record Span(string Id, string? Parent, string Origin, string Name, JsonNode Annotations);
}
