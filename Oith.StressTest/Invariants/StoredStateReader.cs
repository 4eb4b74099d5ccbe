using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.StressTest.Crowds;
using Oith.StressTest.Load;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Invariants;

/// <summary>Reads the tables and queues through the AWS endpoint, as any client would.</summary>
internal sealed class StoredStateReader(AwsEndpoint aws)
{
    private const string RequestPrefix = "request#";
    private const int Receivers = 4;

    public async Task<StoredState> ReadAsync(CancellationToken cancellationToken)
    {
        var hands = new Dictionary<int, StoredHand>();
        var requests = new Dictionary<Guid, StoredRequest>();
        await foreach (var item in ScanAsync("matches", projection: null, cancellationToken))
        {
            var id = Text(item, "id")!;
            if (id.StartsWith(RequestPrefix, StringComparison.Ordinal))
            {
                requests[Guid.Parse(id.AsSpan(RequestPrefix.Length))] = new StoredRequest(RequestStateOf(Text(item, "status")), Person(item, "matchEmail"));
            }
            else
            {
                hands[NumberOf(id)] = new StoredHand(
                    Person(item, "userEmail"), Person(item, "matchEmail"), HandOf(Text(item, "state")), item.TryGetProperty("unannounced", out _));
            }
        }

        var profiles = new Dictionary<int, StoredProfile>();
        await foreach (var item in ScanAsync("users", "email, bio, activeMatchEmail", cancellationToken))
        {
            profiles[Person(item, "email")] = new StoredProfile(ProfileBodies.RevisionOf(Text(item, "bio")), Person(item, "activeMatchEmail"));
        }

        return new StoredState(
            hands,
            await PairsAsync("match-history", "userEmail", "matchEmail", cancellationToken),
            await PairsAsync("blocks", "blockerEmail", "blockedEmail", cancellationToken),
            profiles,
            requests,
            [.. (await DrainAsync("notifications", cancellationToken)).Select(ReadNotification)],
            (await DrainAsync("matching-dlq.fifo", cancellationToken)).Select(ReadRequestId).OfType<Guid>().ToHashSet());
    }

    private async Task<HashSet<(int, int)>> PairsAsync(string table, string first, string second, CancellationToken cancellationToken)
    {
        var pairs = new HashSet<(int, int)>();
        await foreach (var item in ScanAsync(table, $"{first}, {second}", cancellationToken))
        {
            pairs.Add((Person(item, first), Person(item, second)));
        }

        return pairs;
    }

    private async IAsyncEnumerable<JsonElement> ScanAsync(
        string table, string? projection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JsonNode? start = null;
        do
        {
            var input = new JsonObject { ["TableName"] = aws.Table(table), ["ConsistentRead"] = true };
            if (projection is not null)
            {
                input["ProjectionExpression"] = projection;
            }

            if (start is not null)
            {
                input["ExclusiveStartKey"] = start;
            }

            using var page = await aws.CallAsync(AwsEndpoint.DynamoDB, "Scan", input, cancellationToken);
            foreach (var item in page.RootElement.GetProperty("Items").EnumerateArray())
            {
                yield return item;
            }

            start = page.RootElement.TryGetProperty("LastEvaluatedKey", out var last) ? JsonNode.Parse(last.GetRawText()) : null;
        }
        while (start is not null);
    }

    // Takes everything that is there: nobody else reads these queues, and a message that is hidden is not received again.
    private async Task<IReadOnlyCollection<string>> DrainAsync(string queue, CancellationToken cancellationToken)
    {
        var bodies = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, Receivers).Select(async _ =>
        {
            while (true)
            {
                var input = new JsonObject
                {
                    ["QueueUrl"] = aws.Queue(queue).ToString(),
                    ["MaxNumberOfMessages"] = 10,
                    ["VisibilityTimeout"] = 3600,
                    ["WaitTimeSeconds"] = 0,
                };
                using var answer = await aws.CallAsync(AwsEndpoint.SQS, "ReceiveMessage", input, cancellationToken);
                if (!answer.RootElement.TryGetProperty("Messages", out var messages) || messages.GetArrayLength() == 0)
                {
                    return;
                }

                foreach (var message in messages.EnumerateArray())
                {
                    bodies.Add(message.GetProperty("Body").GetString()!);
                }
            }
        }));
        return bodies;
    }

    private static StoredNotification ReadNotification(string body)
    {
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        return new StoredNotification(
            root.GetProperty("id").GetString()!,
            root.GetProperty("type").GetString()!,
            NumberOf(root.GetProperty("userEmail").GetString()!),
            NumberOf(root.GetProperty("matchEmail").GetString()!));
    }

    // Poison is among the dead letters too, and never was a request.
    private static Guid? ReadRequestId(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("requestId").GetGuid();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static int Person(JsonElement item, string name) => Text(item, name) is { } email ? NumberOf(email) : 0;

    private static int NumberOf(string email) => AnswerReader.NumberOf(Encoding.UTF8.GetBytes(email));

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var attribute) && attribute.TryGetProperty("S", out var text) ? text.GetString() : null;

    private static RequestState RequestStateOf(string? text) => text switch
    {
        "completed" => RequestState.Completed,
        "failed" => RequestState.Failed,
        _ => RequestState.Queued,
    };

    private static Hand HandOf(string? text) => text switch
    {
        "connected" => Hand.Connected,
        "accepted" => Hand.Accepted,
        _ => Hand.Undecided,
    };
}
