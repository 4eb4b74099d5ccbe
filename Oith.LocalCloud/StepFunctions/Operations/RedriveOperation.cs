using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>RedriveExecution: resumes an execution that did not succeed at the state that failed.</summary>
internal sealed class RedriveOperation(ExecutionEngine engine, ExecutionOperations executions)
{
    private const int LongestClientToken = 64;

    public async ValueTask RedriveExecution(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var execution = executions.Find(call);
        var clientToken = ClientToken(call);
        var date = execution.RedriveTokens.Find(clientToken, engine.Clock.GetUtcNow())
            ?? await RedriveAsync(execution, clientToken, cancellationToken);
        output.WriteStartObject();
        output.WriteTime("redriveDate", date);
        output.WriteEndObject();
    }

    private async Task<DateTimeOffset> RedriveAsync(Execution execution, string? clientToken, CancellationToken cancellationToken)
    {
        var reason = Redrivability.Of(execution).Reason
            ?? (execution.MapRun is null ? null : "Execution is a child of a Map Run and can be redriven by its parent execution only");
        if (reason is null)
        {
            // After StopExecution the states of the earlier attempt may still be unwinding.
            await execution.Unwound.WaitAsync(cancellationToken);
            engine.Executions.Redriving(execution);
            try
            {
                reason = execution.Redrive(clientToken);
            }
            finally
            {
                engine.Executions.Watch(execution);
            }
        }

        if (reason is not null)
        {
            throw StepFunctionsErrors.NotRedrivable(execution.Arn, reason);
        }

        var date = execution.RedriveDate!.Value;
        executions.Run(execution);
        return date;
    }

    private static string? ClientToken(AwsCall call)
    {
        if (call.OptionalString("clientToken") is not { } token)
        {
            return null;
        }

        var constraint = token.Length == 0 ? "Member must have length greater than or equal to 1"
            : token.Length > LongestClientToken ? $"Member must have length less than or equal to {LongestClientToken}"
            : token.AsSpan().ContainsAnyExceptInRange('!', '~') ? "Member must satisfy regular expression pattern: [!-~]+"
            : null;
        return constraint is null ? token : throw StepFunctionsErrors.Constraint(token, "clientToken", constraint);
    }
}
