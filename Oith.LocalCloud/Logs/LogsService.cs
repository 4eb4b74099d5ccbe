using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.Logs;

/// <summary>Amazon CloudWatch Logs, as far as log groups are made and listed; the logs themselves go to the process's own output.</summary>
internal sealed class LogsService : TreeService, IDisposable
{
    private const string Groups = "group";

    private readonly Arn _arn;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;

    public LogsService(JournalFactory journals, Arn arn, TimeProvider time)
        : base(new AwsServiceDescription("logs")
        {
            JsonTargetPrefix = "Logs_20140328",
            JsonContentType = "application/x-amz-json-1.1",
            InputShapes = InputShapes.Of("logs", message => new AwsServiceException("InvalidParameterException", message)),
        })
    {
        (_arn, _time) = (arn, time);
        _store = new RecordStore(journals, "logs");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateLogGroup"] = Now(CreateLogGroup),
            ["DeleteLogGroup"] = Now(DeleteLogGroup),
            ["DeleteRetentionPolicy"] = Now(input => SetRetention(input, null)),
            ["DescribeLogGroups"] = Now(DescribeLogGroups),
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

    private JsonObject? DeleteLogGroup(JsonObject input) =>
        _store.Remove(Groups, input.RequiredText("logGroupName")) ? null : throw NotFound();

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
