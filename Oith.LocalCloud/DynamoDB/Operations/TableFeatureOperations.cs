using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>What is set on a table besides its shape: time to live, backups, tags; and the account's limits.</summary>
internal sealed class TableFeatureOperations(TableStore store, TableDescription description, LocalCloudOptions options, TimeProvider time)
{
    private static readonly RequestMembers s_named = new("DescribeTimeToLive", "TableName");
    private static readonly RequestMembers s_insights = new("DescribeContributorInsights", "TableName IndexName");
    private static readonly RequestMembers s_updateTimeToLive = new("UpdateTimeToLive", "TableName TimeToLiveSpecification");
    private static readonly RequestMembers s_updateBackups = new("UpdateContinuousBackups", "TableName PointInTimeRecoverySpecification");
    private static readonly RequestMembers s_tag = new("TagResource", "ResourceArn Tags");
    private static readonly RequestMembers s_untag = new("UntagResource", "ResourceArn TagKeys");
    private static readonly RequestMembers s_listTags = new("ListTagsOfResource", "ResourceArn NextToken");

    public void UpdateTimeToLive(JsonElement input, Utf8JsonWriter output)
    {
        s_updateTimeToLive.Check(input);
        var table = store.ForDefinition(input.TableName());
        var specification = input.RequiredStructure("TimeToLiveSpecification"u8, "timeToLiveSpecification");
        var attribute = specification.RequiredText("AttributeName"u8, "timeToLiveSpecification.attributeName");
        var enabled = specification.Flag("Enabled"u8)
            ?? throw DynamoDBError.Constraint("timeToLiveSpecification.enabled", null, "Member must not be null");
        if (attribute.Length == 0)
        {
            throw DynamoDBError.Constraint(
                "timeToLiveSpecification.attributeName", attribute, "Member must have length greater than or equal to 1");
        }

        store.Redefine(table, definition =>
        {
            var current = definition.TimeToLiveAttribute;
            if (enabled == (current is not null))
            {
                throw DynamoDBError.Validation(
                    current is not null && current != attribute
                        ? $"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
                        : $"TimeToLive is already {(enabled ? "enabled" : "disabled")}");
            }

            return !enabled && current != attribute
                ? throw DynamoDBError.Validation($"TimeToLive is active on a different AttributeName: current AttributeName is {current}")
                : definition with { TimeToLiveAttribute = enabled ? attribute : null };
        });
        output.WriteStartObject();
        output.WriteStartObject("TimeToLiveSpecification"u8);
        output.WriteBoolean("Enabled"u8, enabled);
        output.WriteString("AttributeName"u8, attribute);
        output.WriteEndObject();
        output.WriteEndObject();
    }

    public void DescribeTimeToLive(JsonElement input, Utf8JsonWriter output)
    {
        s_named.Check(input);
        var attribute = store.ForDefinition(input.TableName()).Definition.TimeToLiveAttribute;
        output.WriteStartObject();
        output.WriteStartObject("TimeToLiveDescription"u8);
        output.WriteString("TimeToLiveStatus"u8, attribute is null ? "DISABLED"u8 : "ENABLED"u8);
        if (attribute is not null)
        {
            output.WriteString("AttributeName"u8, attribute);
        }

        output.WriteEndObject();
        output.WriteEndObject();
    }

    public void UpdateBackups(JsonElement input, Utf8JsonWriter output)
    {
        s_updateBackups.Check(input);
        var table = ForBackups(input);
        var specification = input.RequiredStructure("PointInTimeRecoverySpecification"u8, "pointInTimeRecoverySpecification");
        var enabled = specification.Flag("PointInTimeRecoveryEnabled"u8) ?? throw DynamoDBError.Constraint(
            "pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled", null, "Member must not be null");
        var days = specification.Integer("RecoveryPeriodInDays"u8) ?? 35;
        if (days is < 1 or > 35)
        {
            throw DynamoDBError.Constraint(
                "pointInTimeRecoverySpecification.recoveryPeriodInDays", $"{days}",
                days < 1 ? "Member must have value greater than or equal to 1" : "Member must have value less than or equal to 35");
        }

        store.Redefine(table, definition => definition with
        {
            PointInTimeRecoverySince = enabled ? definition.PointInTimeRecoverySince ?? time.GetUtcNow() : null,
            RecoveryPeriodInDays = (int)days,
        });
        WriteBackups(output, table.Definition);
    }

    public void DescribeBackups(JsonElement input, Utf8JsonWriter output)
    {
        s_named.Check(input);
        WriteBackups(output, ForBackups(input).Definition);
    }

    public void DescribeContributorInsights(JsonElement input, Utf8JsonWriter output)
    {
        s_insights.Check(input);
        var table = store.ForDefinition(input.TableName());
        output.WriteStartObject();
        output.WriteString("TableName"u8, table.Name);
        if (input.Text("IndexName"u8) is { } index)
        {
            output.WriteString("IndexName"u8, index);
        }

        output.WriteString("ContributorInsightsStatus"u8, "DISABLED"u8);
        output.WriteEndObject();
    }

    /// <summary>Tells that the table has no destination: LocalCloud has no Kinesis, and refuses to name one.</summary>
    public void DescribeKinesisDestinations(JsonElement input, Utf8JsonWriter output)
    {
        s_named.Check(input);
        output.WriteStartObject();
        output.WriteString("TableName"u8, store.ForDefinition(input.TableName()).Name);
        output.WriteStartArray("KinesisDataStreamDestinations"u8);
        output.WriteEndArray();
        output.WriteEndObject();
    }

    public void Tag(JsonElement input)
    {
        s_tag.Check(input);
        var table = ByArn(input, "TagResource");
        if (input.List("Tags"u8) is not { } list || list.GetArrayLength() == 0)
        {
            throw DynamoDBError.Validation("Atleast one Tag needs to be provided as Input.");
        }

        var tags = TableDefinitionReader.Tags(input);
        store.Redefine(table, definition => definition with
        {
            Tags = definition.Tags.Where(tag => !tags.ContainsKey(tag.Key)).Concat(tags).ToDictionary(StringComparer.Ordinal),
        });
    }

    public void Untag(JsonElement input)
    {
        s_untag.Check(input);
        var table = ByArn(input, "UntagResource");
        if (input.Texts("TagKeys"u8) is not { Count: > 0 } list)
        {
            throw DynamoDBError.Validation("Atleast one Tag Key needs to be provided as Input.");
        }

        var keys = list.ToHashSet(StringComparer.Ordinal);
        store.Redefine(table, definition => definition with
        {
            Tags = definition.Tags.Where(tag => !keys.Contains(tag.Key)).ToDictionary(StringComparer.Ordinal),
        });
    }

    public void ListTags(JsonElement input, Utf8JsonWriter output)
    {
        s_listTags.Check(input);
        var table = ByArn(input, "ListTagsOfResource");
        output.WriteStartObject();
        output.WriteStartArray("Tags"u8);
        foreach (var (key, value) in table.Definition.Tags)
        {
            output.WriteStartObject();
            output.WriteString("Key"u8, key);
            output.WriteString("Value"u8, value);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
    }

    public static void DescribeLimits(Utf8JsonWriter output)
    {
        output.WriteStartObject();
        output.WriteNumber("AccountMaxReadCapacityUnits"u8, 80000);
        output.WriteNumber("AccountMaxWriteCapacityUnits"u8, 80000);
        output.WriteNumber("TableMaxReadCapacityUnits"u8, 40000);
        output.WriteNumber("TableMaxWriteCapacityUnits"u8, 40000);
        output.WriteEndObject();
    }

    public void DescribeEndpoints(Utf8JsonWriter output)
    {
        output.WriteStartObject();
        output.WriteStartArray("Endpoints"u8);
        output.WriteStartObject();
        output.WriteString("Address"u8, $"dynamodb.{options.Region}.amazonaws.com");
        output.WriteNumber("CachePeriodInMinutes"u8, 1440);
        output.WriteEndObject();
        output.WriteEndArray();
        output.WriteEndObject();
    }

    private Table ForBackups(JsonElement input)
    {
        var name = input.TableName();
        return store.Find(name) ?? throw DynamoDBError.TableNotFoundForBackups(name);
    }

    private void WriteBackups(Utf8JsonWriter output, TableDefinition definition)
    {
        output.WriteStartObject();
        output.WriteStartObject("ContinuousBackupsDescription"u8);
        output.WriteString("ContinuousBackupsStatus"u8, "ENABLED"u8);
        output.WriteStartObject("PointInTimeRecoveryDescription"u8);
        output.WriteString("PointInTimeRecoveryStatus"u8, definition.PointInTimeRecoverySince is null ? "DISABLED"u8 : "ENABLED"u8);
        if (definition.PointInTimeRecoverySince is { } since)
        {
            output.WriteNumber("RecoveryPeriodInDays"u8, definition.RecoveryPeriodInDays);
            output.WriteNumber("EarliestRestorableDateTime"u8, since.ToUnixTimeMilliseconds() / 1000m);
            output.WriteNumber("LatestRestorableDateTime"u8, time.GetUtcNow().ToUnixTimeMilliseconds() / 1000m);
        }

        output.WriteEndObject();
        output.WriteEndObject();
        output.WriteEndObject();
    }

    private Table ByArn(JsonElement input, string operation)
    {
        var arn = input.RequiredText("ResourceArn"u8, "resourceArn");
        if (Arn.ServiceOf(arn) != "dynamodb" || Arn.ResourceOf(arn)?.StartsWith("table/", StringComparison.Ordinal) != true)
        {
            throw DynamoDBError.Validation($"Invalid TableArn: Invalid ResourceArn provided as input {arn}");
        }

        var name = RequestReader.TableNameOf(arn);
        var isOwn = description.TableArn(name) == arn;
        // Tags of what is not there are as forbidden to list as those of another account's table.
        return !isOwn || (operation == "ListTagsOfResource" && store.Find(name) is null)
            ? throw DynamoDBError.AccessDenied(options.AccountId, operation, arn)
            : store.Find(name) ?? throw DynamoDBError.ResourceNotFound($"Requested resource not found: ResourcArn: {arn} not found");
    }
}
