using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace Oith.Tests.LocalCloud.DynamoDB;

internal static class DynamoDBClientExtensions
{
    public static AmazonDynamoDBClient Connect(Uri endpoint) => new(
        new BasicAWSCredentials("test", "test"),
        new AmazonDynamoDBConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });

    /// <summary>A table on demand with string keys.</summary>
    public static async Task<string> CreateTableAsync(
        this AmazonDynamoDBClient client, string partition = "id", string? sort = null, Action<CreateTableRequest>? configure = null)
    {
        var request = new CreateTableRequest
        {
            TableName = $"table-{Guid.NewGuid():N}",
            BillingMode = BillingMode.PAY_PER_REQUEST,
            KeySchema = [new KeySchemaElement(partition, KeyType.HASH)],
            AttributeDefinitions = [new AttributeDefinition(partition, ScalarAttributeType.S)],
        };
        if (sort is not null)
        {
            request.KeySchema.Add(new KeySchemaElement(sort, KeyType.RANGE));
            request.AttributeDefinitions.Add(new AttributeDefinition(sort, ScalarAttributeType.S));
        }

        configure?.Invoke(request);
        await client.CreateTableAsync(request, TestContext.Current.CancellationToken);
        return request.TableName;
    }

    public static AttributeValue S(string value) => new() { S = value };

    public static AttributeValue N(string value) => new() { N = value };

    public static AttributeValue L(params AttributeValue[] values) => new() { L = [.. values], IsLSet = true };

    public static AttributeValue M(params (string Name, AttributeValue Value)[] members) =>
        new() { M = members.ToDictionary(member => member.Name, member => member.Value), IsMSet = true };

    public static Dictionary<string, AttributeValue> Attributes(params (string Name, AttributeValue Value)[] attributes) =>
        attributes.ToDictionary(attribute => attribute.Name, attribute => attribute.Value);
}
