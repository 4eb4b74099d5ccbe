#pragma warning disable ASPIREPIPELINES001 // The pipeline's API is for evaluation.
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.Logging;

namespace Oith.AppHost.Pipeline;

/// <summary>Deletes the tables that the data stack leaves behind, so that none is lost by a slip. Here they are meant.</summary>
internal sealed class TableDeletion(Deployment deployment)
{
    public const string Step = "delete-tables";

    private static readonly string[] s_tables = ["users", "matches", "match-history", "blocks"];

    public async Task RunAsync(PipelineStepContext context)
    {
        if (deployment.IsProduction)
        {
            return;
        }

        using var dynamoDB = new AmazonDynamoDBClient();
        foreach (var table in s_tables.Select(table => $"oith-{deployment.Environment}-{table}"))
        {
            try
            {
                await dynamoDB.DeleteTableAsync(table, context.CancellationToken);
                context.ReportingStep.Log(LogLevel.Information, $"Deleted table {table}.");
            }
            catch (ResourceNotFoundException)
            {
                // Never created, or deleted before.
            }
        }
    }
}
