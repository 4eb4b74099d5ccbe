using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>Work that a worker outside fetches with GetActivityTask and answers with a task token.</summary>
internal sealed class ActivityTask(string arn) : TaskResource(arn)
{
    public override bool WaitsForTaskToken => true;

    public override async Task<AslValue> RunAsync(TaskCall call, CancellationToken cancellationToken)
    {
        var branch = call.Branch;
        var activity = call.Engine.Activities.Find(Arn) ?? throw new StateRuntimeException($"The activity {Arn} does not exist.");
        branch.Record("ActivityScheduled", [HistoryDetail.Text("resource", Arn), HistoryDetail.Data("input", call.Parameters), .. LimitDetails(call)]);
        try
        {
            var result = await WithTimeoutAsync(call, token => OfferAsync(call, activity, token), cancellationToken);
            CheckedSize(result, Arn);
            branch.Record("ActivitySucceeded", HistoryDetail.Data("output", result));
            return result;
        }
        catch (StateFailedException error)
        {
            branch.Record(error.Failure.Error == StateFailure.Timeout ? "ActivityTimedOut" : "ActivityFailed", [.. FailureDetails(error.Failure)]);
            throw;
        }
    }

    private static async Task<AslValue> OfferAsync(TaskCall call, StepActivity activity, CancellationToken cancellationToken)
    {
        using var pending = call.Engine.Tokens.Register(call.Branch.TaskToken!);
        var offer = new ActivityOffer(pending.Token, call.Parameters, cancellationToken);
        activity.Offer(offer);
        var worker = await offer.Taken.WaitAsync(cancellationToken);
        call.Branch.Record("ActivityStarted", worker is null ? [] : [HistoryDetail.Text("workerName", worker)]);
        offer.Announced();
        return await pending.WaitAsync(call.Heartbeat, cancellationToken);
    }
}
