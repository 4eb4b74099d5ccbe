using Amazon.DynamoDBv2;

namespace Oith.Matching.Storage;

/// <summary>The clients of DynamoDB: one for items, which DAX may stand before, and one for scans, which would only empty its cache.</summary>
internal sealed record DynamoDBClients(IAmazonDynamoDB Items, IAmazonDynamoDB Scans) : IDisposable
{
    public void Dispose()
    {
        Items.Dispose();
        Scans.Dispose();
    }
}
