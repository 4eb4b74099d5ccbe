using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>
/// Enable-, Describe-, Update- and DisableKinesisStreamingDestination: which Kinesis streams a table names. LocalCloud has no
/// Kinesis, so nothing is sent.
/// </summary>
internal sealed class KinesisDestinationOperations(TableStore store)
{
    private static readonly RequestMembers s_enable = new(
        "EnableKinesisStreamingDestination", "TableName StreamArn EnableKinesisStreamingConfiguration");

    private static readonly RequestMembers s_disable = new(
        "DisableKinesisStreamingDestination", "TableName StreamArn EnableKinesisStreamingConfiguration");

    private static readonly RequestMembers s_update = new(
        "UpdateKinesisStreamingDestination", "TableName StreamArn UpdateKinesisStreamingConfiguration");

    private static readonly RequestMembers s_describe = new("DescribeKinesisStreamingDestination", "TableName");
    private static readonly string[] s_precisions = ["MILLISECOND", "MICROSECOND"];

    public void Enable(JsonElement input, Utf8JsonWriter output)
    {
        s_enable.Check(input);
        var (table, stream) = Read(input);
        var precision = Precision(input, "EnableKinesisStreamingConfiguration");
        store.Redefine(table, definition => definition.KinesisDestinations.TryGetValue(stream, out var destination) && destination.IsEnabled
            ? throw DynamoDBError.Validation(
                "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be DISABLED or "
                + "ENABLE_FAILED to perform ENABLE operation.")
            : With(definition, stream, new KinesisDestination(precision, IsEnabled: true)));
        Write(output, table, stream, "ENABLING", "EnableKinesisStreamingConfiguration", precision, showsEmpty: true);
    }

    public void Disable(JsonElement input, Utf8JsonWriter output)
    {
        s_disable.Check(input);
        var (table, stream) = Read(input);
        store.Redefine(table, definition =>
        {
            var destination = Enabled(definition, stream);
            return With(definition, stream, destination with { IsEnabled = false });
        });
        Write(output, table, stream, "DISABLING", "EnableKinesisStreamingConfiguration", null, showsEmpty: false);
    }

    public void Update(JsonElement input, Utf8JsonWriter output)
    {
        s_update.Check(input);
        var (table, stream) = Read(input);
        var precision = Precision(input, "UpdateKinesisStreamingConfiguration") ?? throw DynamoDBError.Validation(
            "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values");
        store.Redefine(table, definition =>
        {
            var destination = Enabled(definition, stream);
            return destination.Precision == precision
                ? throw DynamoDBError.Validation(
                    $"Invalid Request: Precision is already set to the desired value of {precision} for tableId: {definition.Id}, kdsArn: {stream}")
                : With(definition, stream, destination with { Precision = precision });
        });
        Write(output, table, stream, "UPDATING", "UpdateKinesisStreamingConfiguration", precision, showsEmpty: false);
    }

    public void Describe(JsonElement input, Utf8JsonWriter output)
    {
        s_describe.Check(input);
        var table = store.ForDefinition(input.TableName());
        output.WriteStartObject();
        output.WriteString("TableName"u8, table.Name);
        output.WriteStartArray("KinesisDataStreamDestinations"u8);
        foreach (var (stream, destination) in table.Definition.KinesisDestinations)
        {
            output.WriteStartObject();
            output.WriteString("StreamArn"u8, stream);
            output.WriteString("DestinationStatus"u8, destination.IsEnabled ? "ACTIVE"u8 : "DISABLED"u8);
            if (destination.Precision is not null)
            {
                output.WriteString("ApproximateCreationDateTimePrecision"u8, destination.Precision);
            }

            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
    }

    private (Table Table, string Stream) Read(JsonElement input) =>
        (store.ForDefinition(input.TableName()), input.RequiredText("StreamArn"u8, "streamArn"));

    private static string? Precision(JsonElement input, string configuration)
    {
        if (!input.TryGetProperty(configuration, out var value) || value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var path = char.ToLowerInvariant(configuration[0]) + configuration[1..] + ".approximateCreationDateTimePrecision";
        return value.Choice("ApproximateCreationDateTimePrecision"u8, path, s_precisions);
    }

    private static KinesisDestination Enabled(TableDefinition definition, string stream) =>
        definition.KinesisDestinations.TryGetValue(stream, out var destination) && destination.IsEnabled
            ? destination
            : throw DynamoDBError.Validation(
                "Table is not in a valid state to enable Kinesis Streaming Destination: No streaming destination with streamArn: "
                + $"{stream} found for table with tableName: {definition.Name}");

    private static TableDefinition With(TableDefinition definition, string stream, KinesisDestination destination) =>
        definition with { KinesisDestinations = new Dictionary<string, KinesisDestination>(definition.KinesisDestinations) { [stream] = destination } };

    private static void Write(
        Utf8JsonWriter output, Table table, string stream, string status, string configuration, string? precision, bool showsEmpty)
    {
        output.WriteStartObject();
        output.WriteString("TableName"u8, table.Name);
        output.WriteString("StreamArn"u8, stream);
        output.WriteString("DestinationStatus"u8, status);
        if (showsEmpty || precision is not null)
        {
            output.WriteStartObject(configuration);
            if (precision is not null)
            {
                output.WriteString("ApproximateCreationDateTimePrecision"u8, precision);
            }

            output.WriteEndObject();
        }

        output.WriteEndObject();
    }
}
