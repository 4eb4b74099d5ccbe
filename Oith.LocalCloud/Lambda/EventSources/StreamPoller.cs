using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>
/// Gives the records of a table's stream to a function, in order. A batch that the function fails at is tried again before any later record,
/// until its attempts or its age are used up.
/// </summary>
/// <param name="keep">Keeps the mapping's position over a restart.</param>
internal sealed class StreamPoller(
    EventSourceSettings settings,
    EventSourceMapping mapping,
    Action<EventSourceMapping> keep,
    IAwsApi api,
    InvocationDestinations destinations,
    TimeProvider time,
    ILogger<StreamPoller> logger)
    : EventSourcePoller(settings, api, time, logger)
{
    private const int MaximumRecords = 1000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private string? _shard;
    private string? _iterator;

    protected override async Task PollAsync(CancellationToken cancellationToken)
    {
        _shard ??= (await StreamAsync("DescribeStream", new JsonObject { ["StreamArn"] = Settings.SourceArn }, cancellationToken))
            ["StreamDescription"]!["Shards"]![0]!["ShardId"]!.GetValue<string>();
        _iterator ??= await IteratorAsync(_shard, cancellationToken);
        var started = Time.GetTimestamp();
        var batch = new List<JsonObject>();
        do
        {
            var more = await ReadAsync(Settings.BatchSize - batch.Count, cancellationToken);
            batch.AddRange(more);
            if (batch.Count == Settings.BatchSize || (batch.Count > 0 && Time.GetElapsedTime(started) >= Settings.Window))
            {
                break;
            }

            if (more.Count == 0)
            {
                await Task.Delay(s_pause, Time, cancellationToken);
            }
        }
        while (batch.Count > 0);

        if (batch.Count > 0)
        {
            await ProcessAsync(batch.FindAll(Passes), failures: 0, cancellationToken);
            mapping.Position = SequenceNumberOf(batch[^1]);
            keep(mapping);
        }
    }

    private async Task<List<JsonObject>> ReadAsync(int count, CancellationToken cancellationToken)
    {
        if (_iterator is null)
        {
            // The stream is disabled and read to its end.
            return [];
        }

        try
        {
            var answer = await StreamAsync(
                "GetRecords", new JsonObject { ["ShardIterator"] = _iterator, ["Limit"] = Math.Min(count, MaximumRecords) }, cancellationToken);
            _iterator = answer["NextShardIterator"]?.GetValue<string>();
            var records = answer["Records"]!.AsArray().Select(record => record!.DeepClone().AsObject()).ToList();
            foreach (var record in records)
            {
                record["eventSourceARN"] = Settings.SourceArn;
            }

            return records;
        }
        catch (AwsServiceException)
        {
            // An iterator that is too old, or whose records are: begin again at the position.
            _iterator = null;
            throw;
        }
    }

    private async Task<string> IteratorAsync(string shard, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["StreamArn"] = Settings.SourceArn, ["ShardId"] = shard, ["ShardIteratorType"] = mapping.Configuration.Text("StartingPosition") };
        if (mapping.Position is { } last)
        {
            input["ShardIteratorType"] = "AFTER_SEQUENCE_NUMBER";
            input["SequenceNumber"] = last;
        }

        try
        {
            return (await StreamAsync("GetShardIterator", input, cancellationToken))["ShardIterator"]!.GetValue<string>();
        }
        catch (AwsServiceException error) when (error.Code == "TrimmedDataAccessException")
        {
            input["ShardIteratorType"] = "TRIM_HORIZON";
            input.Remove("SequenceNumber");
            return (await StreamAsync("GetShardIterator", input, cancellationToken))["ShardIterator"]!.GetValue<string>();
        }
    }

    /// <summary>Invokes the function until it has dealt with all records or they are given up.</summary>
    private async Task ProcessAsync(List<JsonObject> records, int failures, CancellationToken cancellationToken)
    {
        BatchInvocation? last = null;
        while (records.Count > 0)
        {
            if (Time.GetUtcNow() - TimeOf(records[0]) > Settings.MaximumAge)
            {
                await GiveUpAsync(records, "RecordAgeExceeded", failures, last, cancellationToken);
                return;
            }

            try
            {
                last = await InvokeAsync(records, CancellationToken.None);
            }
            catch (AwsServiceException error)
            {
                // Throttled, or the function is not there: AWS counts this against the records' age only.
                EventSourceLog.BatchNotTaken(Logger, Settings.FunctionArn, records.Count, error.Message);
                await Task.Delay(BackOff(failures + 1), Time, cancellationToken);
                continue;
            }

            var done = DoneOf(records, last);
            mapping.LastProcessingResult = done == records.Count ? "OK" : "PROBLEM: Function call failed";
            if (done == records.Count)
            {
                return;
            }

            failures++;
            if (Settings.IsBisected && records.Count > 1)
            {
                // Dividing is no further attempt: only a record that cannot be divided uses them up.
                failures--;
                var middle = done > 0 ? done : records.Count / 2;
                if (done == 0)
                {
                    await ProcessAsync(records[..middle], failures, cancellationToken);
                }

                records = records[middle..];
                continue;
            }

            records = records[done..];
            if (failures > Settings.MaximumRetries)
            {
                await GiveUpAsync(records, "RetryAttemptsExhausted", failures, last, cancellationToken);
                return;
            }

            await Task.Delay(BackOff(failures), Time, cancellationToken);
        }
    }

    /// <returns>How many records from the first on the function has dealt with.</returns>
    private int DoneOf(List<JsonObject> records, BatchInvocation run)
    {
        if (run.Error is not null)
        {
            return 0;
        }

        if (!Settings.ReportsItemFailures)
        {
            return records.Count;
        }

        var failed = BatchResponse.Failures(run.Payload, [.. records.Select(SequenceNumberOf)]);
        var first = records.FindIndex(record => failed.Contains(SequenceNumberOf(record)));
        return first < 0 ? records.Count : first;
    }

    private async Task GiveUpAsync(List<JsonObject> records, string condition, int attempts, BatchInvocation? last, CancellationToken cancellationToken)
    {
        if (Settings.OnFailure is null)
        {
            return;
        }

        var account = new JsonObject
        {
            ["requestContext"] = new JsonObject
            {
                ["requestId"] = last?.RequestId ?? Guid.NewGuid().ToString(),
                ["functionArn"] = Settings.FunctionArn,
                ["condition"] = condition,
                ["approximateInvokeCount"] = attempts,
            },
        };
        if (last is not null)
        {
            account["responseContext"] = new JsonObject { ["statusCode"] = StatusCodes.Status200OK, ["executedVersion"] = last.Version };
            if (last.Error is not null)
            {
                account["responseContext"]!["functionError"] = last.Error;
            }
        }

        account["version"] = "1.0";
        account["timestamp"] = Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        account["DDBStreamBatchInfo"] = new JsonObject
        {
            ["shardId"] = _shard,
            ["startSequenceNumber"] = SequenceNumberOf(records[0]),
            ["endSequenceNumber"] = SequenceNumberOf(records[^1]),
            ["approximateArrivalOfFirstRecord"] = ArrivalOf(records[0]),
            ["approximateArrivalOfLastRecord"] = ArrivalOf(records[^1]),
            ["batchSize"] = records.Count,
            ["streamArn"] = Settings.SourceArn,
        };
        try
        {
            await destinations.DeliverAsync(Settings.OnFailure, account, isSuccess: false, cancellationToken);
        }
        catch (AwsServiceException error)
        {
            EventSourceLog.Undelivered(Logger, Settings.FunctionArn, Settings.OnFailure, error.Message);
        }
    }

    private bool Passes(JsonObject record)
    {
        if (Settings.Filters.Count == 0)
        {
            return true;
        }

        using var document = JsonInput.ToDocument(record);
        return Settings.Filters.Any(filter => filter.Matches(document.RootElement));
    }

    private async Task<JsonObject> StreamAsync(string operation, JsonObject input, CancellationToken cancellationToken) =>
        await Api.InvokeAsync("dynamodbstreams", operation, input, cancellationToken);

    private static string SequenceNumberOf(JsonObject record) => record["dynamodb"]!["SequenceNumber"]!.GetValue<string>();

    private static DateTimeOffset TimeOf(JsonObject record) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)(record["dynamodb"]!.AsObject().Number("ApproximateCreationDateTime")!.Value * 1000));

    private static string ArrivalOf(JsonObject record) => TimeOf(record).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
