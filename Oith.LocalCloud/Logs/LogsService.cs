using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Telemetry;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.Logs;

/// <summary>Amazon CloudWatch Logs: groups, streams, and events that are put, filtered and read.</summary>
internal sealed class LogsService : TreeService, IDisposable
{
    private const string Groups = "group";
    private const string Streams = "stream";
    private const int DefaultLimit = 10_000;
    private const int DefaultStreams = 50;

    private readonly Arn _arn;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;
    private readonly LogEvents _events;

    public LogsService(JournalFactory journals, Arn arn, TimeProvider time, TraceStore telemetry)
        : base(new AwsServiceDescription("logs")
        {
            JsonTargetPrefix = "Logs_20140328",
            JsonContentType = "application/x-amz-json-1.1",
            InputShapes = InputShapes.Of("logs", message => new AwsServiceException("InvalidParameterException", message)),
        })
    {
        (_arn, _time) = (arn, time);
        _events = new LogEvents(telemetry);
        _store = new RecordStore(journals, "logs");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateLogGroup"] = Now(CreateLogGroup),
            ["CreateLogStream"] = Now(CreateLogStream),
            ["DeleteLogGroup"] = Now(DeleteLogGroup),
            ["DeleteRetentionPolicy"] = Now(input => SetRetention(input, null)),
            ["DescribeLogGroups"] = Now(DescribeLogGroups),
            ["DescribeLogStreams"] = Now(DescribeLogStreams),
            ["FilterLogEvents"] = Now(FilterLogEvents),
            ["PutLogEvents"] = Now(PutLogEvents),
            ["PutRetentionPolicy"] = Now(input => SetRetention(input, input.Integer("retentionInDays"))),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject? CreateLogGroup(JsonObject input)
    {
        var name = input.RequiredText("logGroupName");
        if (_store.Find(Groups, name) is not null)
        {
            throw new AwsServiceException("ResourceAlreadyExistsException", "The specified log group already exists");
        }

        var group = new JsonObject
        {
            ["logGroupName"] = name,
            ["creationTime"] = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            ["metricFilterCount"] = 0,
            ["arn"] = _arn.Of("logs", $"log-group:{name}:*"),
            ["storedBytes"] = 0,
            ["logGroupClass"] = input.Text("logGroupClass") ?? "STANDARD",
            ["logGroupArn"] = _arn.Of("logs", $"log-group:{name}"),
        };
        if (input.Text("kmsKeyId") is { } key)
        {
            group["kmsKeyId"] = key;
        }

        _store.Put(Groups, name, group);
        return null;
    }

    private JsonObject? DeleteLogGroup(JsonObject input)
    {
        var name = input.RequiredText("logGroupName");
        if (!_store.Remove(Groups, name))
        {
            throw NotFound();
        }

        foreach (var stream in StreamsOf(name))
        {
            _store.Remove(Streams, KeyOf(name, stream["logStreamName"]!.GetValue<string>()));
        }

        _events.Remove(name);
        return null;
    }

    private JsonObject? CreateLogStream(JsonObject input)
    {
        var group = RequiredGroup(input);
        var name = input.RequiredText("logStreamName");
        if (_store.Find(Streams, KeyOf(group, name)) is not null)
        {
            throw new AwsServiceException("ResourceAlreadyExistsException", "The specified log stream already exists");
        }

        _store.Put(Streams, KeyOf(group, name), new JsonObject
        {
            ["logStreamName"] = name,
            ["creationTime"] = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            ["arn"] = _arn.Of("logs", $"log-group:{group}:log-stream:{name}"),
            ["storedBytes"] = 0,
        });
        return null;
    }

    private JsonObject DescribeLogStreams(JsonObject input)
    {
        var prefix = input.Text("logStreamNamePrefix") ?? "";
        return new JsonObject
        {
            ["logStreams"] = new JsonArray(
            [
                .. StreamsOf(RequiredGroup(input))
                    .Where(stream => stream["logStreamName"]!.GetValue<string>().StartsWith(prefix, StringComparison.Ordinal))
                    .Take(input.Integer("limit") ?? DefaultStreams),
            ]),
        };
    }

    private JsonObject PutLogEvents(JsonObject input)
    {
        var group = RequiredGroup(input);
        var stream = input.RequiredText("logStreamName");
        if (_store.Find(Streams, KeyOf(group, stream)) is null)
        {
            throw new AwsServiceException("ResourceNotFoundException", "The specified log stream does not exist.");
        }

        var events = input["logEvents"]!.AsArray()
            .Select(e => (Timestamp: e!.AsObject().Long("timestamp")!.Value, Message: e["message"]!.GetValue<string>()))
            .ToList();
        if (events.Zip(events.Skip(1)).Any(pair => pair.Second.Timestamp < pair.First.Timestamp))
        {
            throw new AwsServiceException(
                "InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.");
        }

        _events.Add(group, stream, events, _time.GetUtcNow().ToUnixTimeMilliseconds());
        return new JsonObject { ["nextSequenceToken"] = "1" };
    }

    /// <summary>FilterLogEvents; a token is the count of events that the pages before had.</summary>
    private JsonObject FilterLogEvents(JsonObject input)
    {
        var group = RequiredGroup(input);
        var pattern = LogPattern.Parse(input.Text("filterPattern"));
        var streams = input["logStreamNames"]?.AsArray().Select(name => name!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        var prefix = input.Text("logStreamNamePrefix") ?? "";
        var start = input.Long("startTime") ?? 0;
        var end = input.Long("endTime") ?? long.MaxValue;
        var skip = 0;
        if (input.Text("nextToken") is { } token && !int.TryParse(token, out skip))
        {
            throw new AwsServiceException("InvalidParameterException", "The specified nextToken is invalid.");
        }

        var limit = input.Integer("limit") ?? DefaultLimit;
        var matching = _events.Of(group)
            .Where(e => e.Timestamp >= start && e.Timestamp < end && streams?.Contains(e.Stream) is not false
                && e.Stream.StartsWith(prefix, StringComparison.Ordinal) && pattern.Matches(e.Message))
            .ToList();
        var answer = new JsonObject
        {
            ["events"] = new JsonArray(
            [
                .. matching.Skip(skip).Take(limit).Select(e => new JsonObject
                {
                    ["logStreamName"] = e.Stream,
                    ["timestamp"] = e.Timestamp,
                    ["message"] = e.Message,
                    ["ingestionTime"] = e.Ingestion,
                    ["eventId"] = e.Id,
                }),
            ]),
            ["searchedLogStreams"] = new JsonArray(),
        };
        if (skip + limit < matching.Count)
        {
            answer["nextToken"] = (skip + limit).ToString(CultureInfo.InvariantCulture);
        }

        return answer;
    }

    private string RequiredGroup(JsonObject input)
    {
        // An identifier is the name or the ARN: arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/x
        var name = input.Text("logGroupName") ?? input.Text("logGroupIdentifier")?.Split(":log-group:")[^1]
            ?? throw new AwsServiceException("InvalidParameterException", "Either logGroupName or logGroupIdentifier is required.");
        return _store.Find(Groups, name) is null ? throw NotFound() : name;
    }

    private IEnumerable<JsonObject> StreamsOf(string group) =>
        _store.All(Streams).Where(stream =>
            stream["arn"]!.GetValue<string>().Contains($":log-group:{group}:log-stream:", StringComparison.Ordinal));

    private static string KeyOf(string group, string stream) => $"{group}\n{stream}";

    private JsonObject? SetRetention(JsonObject input, int? days)
    {
        var name = input.RequiredText("logGroupName");
        var group = _store.Find(Groups, name) ?? throw NotFound();
        group.Remove("retentionInDays");
        if (days is not null)
        {
            group["retentionInDays"] = days;
        }

        _store.Put(Groups, name, group);
        return null;
    }

    private JsonObject DescribeLogGroups(JsonObject input)
    {
        var prefix = input.Text("logGroupNamePrefix") ?? "";
        var pattern = input.Text("logGroupNamePattern") ?? "";
        return new JsonObject
        {
            ["logGroups"] = new JsonArray(
            [
                .. _store.All(Groups).Where(group => group["logGroupName"]!.GetValue<string>() is var name
                    && name.StartsWith(prefix, StringComparison.Ordinal) && name.Contains(pattern, StringComparison.Ordinal)),
            ]),
        };
    }

    private static AwsServiceException NotFound() => new("ResourceNotFoundException", "The specified log group does not exist.");
}
