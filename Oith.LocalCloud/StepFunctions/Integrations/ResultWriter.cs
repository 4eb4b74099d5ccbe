using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>Writes the results of a distributed Map's children to S3, with a manifest that names the files.</summary>
internal sealed class ResultWriter
{
    public required PayloadTemplate Parameters { get; init; }

    public IEnumerable<string> Variables => Parameters.Variables;

    /// <returns>The Map state's result: where the manifest is.</returns>
    /// <exception cref="StateFailedException">States.ResultWriterFailed.</exception>
    public async Task<AslValue> WriteAsync(Branch branch, MapRun run, Evaluation evaluation, CancellationToken cancellationToken)
    {
        var parameters = Parameters.Evaluate(evaluation);
        var bucket = parameters.Find("Bucket")?.Text ?? "";
        var prefix = parameters.Find("Prefix") is { Text.Length: > 0 } given ? given.Text.TrimEnd('/') + "/" : "";
        var folder = $"{prefix}{run.Arn[(run.Arn.LastIndexOf(':') + 1)..]}/";
        var files = new JsonObject { ["FAILED"] = new JsonArray(), ["PENDING"] = new JsonArray(), ["SUCCEEDED"] = new JsonArray() };
        try
        {
            foreach (var group in run.Children.GroupBy(child => child.Status == ExecutionStatus.Succeeded ? "SUCCEEDED" : "FAILED"))
            {
                var content = AslValue.Array([.. group.Select(Describe)]).ToJson();
                var key = $"{folder}{group.Key}_0.json";
                await PutAsync(branch, bucket, key, content, cancellationToken);
                files[group.Key]!.AsArray().Add(new JsonObject { ["Key"] = key, ["Size"] = Encoding.UTF8.GetByteCount(content) });
            }

            var manifest = new JsonObject { ["DestinationBucket"] = bucket, ["MapRunArn"] = run.Arn, ["ResultFiles"] = files };
            await PutAsync(branch, bucket, folder + "manifest.json", manifest.ToJsonString(), cancellationToken);
        }
        catch (AwsServiceException error)
        {
            throw new StateFailedException(new StateFailure("States.ResultWriterFailed", error.Message));
        }

        return AslValue.Object(
            ("MapRunArn", AslValue.Of(run.Arn)),
            ("ResultWriterDetails", AslValue.Object(("Bucket", AslValue.Of(bucket)), ("Key", AslValue.Of(folder + "manifest.json")))));
    }

    private static async Task PutAsync(Branch branch, string bucket, string key, string content, CancellationToken cancellationToken) =>
        await branch.Execution.Engine.Api.InvokeAsync(
            "s3",
            "PutObject",
            new JsonObject { ["Bucket"] = bucket, ["Key"] = key, ["Body"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(content)) },
            cancellationToken);

    private static AslValue Describe(Execution child)
    {
        var description = AslValue.Object(
            ("ExecutionArn", AslValue.Of(child.Arn)),
            ("Input", AslValue.Of(child.Input.ToJson())),
            ("Name", AslValue.Of(child.Name)),
            ("StartDate", AslValue.Of(Timestamps.Iso(child.StartDate))),
            ("StateMachineArn", AslValue.Of(child.Machine.Arn)),
            ("Status", AslValue.Of(child.Status.ToAws())));
        return child.Output is not null ? description.With("Output", AslValue.Of(child.Output.ToJson()))
            : description.With("Error", AslValue.OfOptional(child.Error)).With("Cause", AslValue.OfOptional(child.Cause));
    }
}
