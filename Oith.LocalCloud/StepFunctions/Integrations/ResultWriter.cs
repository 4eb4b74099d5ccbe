using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>
/// Puts the results of a distributed Map's children together: for the state's output or, with Parameters, in S3 with a manifest that names the files.
/// </summary>
internal sealed class ResultWriter
{
    /// <summary>Bucket and Prefix; null writes nothing to S3.</summary>
    public PayloadTemplate? Parameters { get; init; }

    /// <summary>NONE: children with what is known of them; COMPACT: their outputs; FLATTEN: the items of their outputs.</summary>
    public required string Transformation { get; init; }

    /// <summary>JSON: a list; JSONL: one result a line.</summary>
    public required string OutputType { get; init; }

    public IEnumerable<string> Variables => Parameters?.Variables ?? [];

    private string Extension => OutputType == "JSONL" ? "jsonl" : "json";

    /// <summary>The results as the state's output has them.</summary>
    public AslValue Collect(MapRun run) => AslValue.Array([.. Results(run.Children.Where(child => child.Status == ExecutionStatus.Succeeded))]);

    /// <summary>Writes the results, also those of a run that failed, to S3.</summary>
    /// <returns>The Map state's result: where the manifest is.</returns>
    /// <exception cref="StateFailedException">States.ResultWriterFailed.</exception>
    public async Task<AslValue> WriteAsync(Branch branch, MapRun run, Evaluation evaluation, CancellationToken cancellationToken)
    {
        var parameters = Parameters!.Evaluate(evaluation);
        var bucket = parameters.Find("Bucket")?.Text ?? "";
        var prefix = parameters.Find("Prefix") is { Text.Length: > 0 } given ? given.Text.TrimEnd('/') + "/" : "";
        var folder = $"{prefix}{run.Arn[(run.Arn.LastIndexOf(':') + 1)..]}/";
        try
        {
            var children = run.Children;
            var files = new JsonObject
            {
                ["FAILED"] = await FilesAsync("FAILED", [.. children.Where(child => child.Status != ExecutionStatus.Succeeded).Select(Describe)]),
                ["PENDING"] = await FilesAsync("PENDING", [.. run.NotBegun.Select(DescribePending)]),
                ["SUCCEEDED"] = await FilesAsync("SUCCEEDED", [.. Results(children.Where(child => child.Status == ExecutionStatus.Succeeded))]),
            };
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

        async Task<JsonArray> FilesAsync(string group, IReadOnlyList<AslValue> results)
        {
            if (results.Count == 0)
            {
                return [];
            }

            var content = OutputType == "JSONL"
                ? string.Concat(results.Select(result => result.ToJson() + "\n"))
                : AslValue.Array([.. results]).ToJson();
            var key = $"{folder}{group}_0.{Extension}";
            await PutAsync(branch, bucket, key, content, cancellationToken);
            return [new JsonObject { ["Key"] = key, ["Size"] = Encoding.UTF8.GetByteCount(content) }];
        }
    }

    private static async Task PutAsync(Branch branch, string bucket, string key, string content, CancellationToken cancellationToken) =>
        await branch.Execution.Engine.Api.InvokeAsync(
            "s3",
            "PutObject",
            new JsonObject { ["Bucket"] = bucket, ["Key"] = key, ["Body"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(content)) },
            cancellationToken);

    private IEnumerable<AslValue> Results(IEnumerable<Execution> succeeded) => Transformation switch
    {
        "NONE" => succeeded.Select(Describe),
        "FLATTEN" => succeeded.SelectMany(child => child.Output is { IsArray: true } list ? list.Items.ToArray() : [child.Output!]),
        _ => succeeded.Select(child => child.Output!),
    };

    // The members of DescribeExecution, in the order of the alphabet.
    private static AslValue Describe(Execution child)
    {
        var included = AslValue.Object(("Included", AslValue.True));
        var redrivability = Redrivability.Of(child);
        (string Name, AslValue? Value)[] members =
        [
            ("Cause", child.Cause is { } cause ? AslValue.Of(cause) : null),
            ("Error", child.Error is { } error ? AslValue.Of(error) : null),
            ("ExecutionArn", AslValue.Of(child.Arn)),
            ("Input", AslValue.Of(child.Input.ToText())),
            ("InputDetails", included),
            ("Name", AslValue.Of(child.Name)),
            ("Output", child.Output is { } output ? AslValue.Of(output.ToText()) : null),
            ("OutputDetails", child.Output is null ? null : included),
            ("RedriveCount", AslValue.Of(child.RedriveCount)),
            ("RedriveStatus", AslValue.Of(redrivability.Status)),
            ("RedriveStatusReason", redrivability.Reason is { } reason ? AslValue.Of(reason) : null),
            ("StartDate", AslValue.Of(Timestamps.Iso(child.StartDate))),
            ("StateMachineArn", AslValue.Of($"{child.Machine.Arn}/{child.MapRun!.Label}")),
            ("Status", AslValue.Of(child.Status.ToAws())),
            ("StopDate", child.StopDate is { } stop ? AslValue.Of(Timestamps.Iso(stop)) : null),
        ];
        return AslValue.Object([.. members.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Name, member.Value!))]);
    }

    private static AslValue DescribePending(ChildInput input) => AslValue.Object(
        ("Input", AslValue.Of(input.Input.ToText())), ("InputDetails", AslValue.Object(("Included", AslValue.True))), ("Status", AslValue.Of("PENDING")));
}
