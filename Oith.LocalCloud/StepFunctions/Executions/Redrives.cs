namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>Whether an execution can be redriven, in the words of DescribeExecution.</summary>
/// <param name="Status">REDRIVABLE, NOT_REDRIVABLE or REDRIVABLE_BY_MAP_RUN.</param>
/// <param name="Reason">Why it cannot be redriven; null when it can.</param>
internal sealed record Redrivability(string Status, string? Reason)
{
    /// <summary>An execution with this many events has no room for the events of a redrive.</summary>
    private const int MostEvents = ExecutionHistory.MaximumEvents - 1;

    private static readonly TimeSpan s_period = TimeSpan.FromDays(14);
    private static readonly TimeSpan s_longestExecution = TimeSpan.FromDays(365);

    public static Redrivability Of(Execution execution)
    {
        var now = execution.Engine.Clock.GetUtcNow();
        var reason = execution.Status is ExecutionStatus.Running or ExecutionStatus.Succeeded or ExecutionStatus.PendingRedrive || (execution.IsExpress && execution.MapRun is null)
                ? $"Execution is {execution.Status.ToAws()} and cannot be redriven"
            : execution.History.LastId >= MostEvents ? "Execution history event limit exceeded"
            : execution.StartDate + s_longestExecution < now ? "Execution has exceeded the max execution time"
            : execution.StopDate + s_period < now ? "Execution redrivable period exceeded"
            : null;
        return reason is not null ? new Redrivability("NOT_REDRIVABLE", reason)
            : new Redrivability(execution.MapRun is null ? "REDRIVABLE" : "REDRIVABLE_BY_MAP_RUN", null);
    }
}

/// <summary>The client tokens of an execution's redrives: the same token gets the same answer for 15 minutes, the latest ten are kept.</summary>
internal sealed class RedriveTokens
{
    private const int Kept = 10;

    private static readonly TimeSpan s_valid = TimeSpan.FromMinutes(15);

    private readonly List<(string Token, DateTimeOffset Date)> _tokens = [];

    public DateTimeOffset? Find(string? token, DateTimeOffset now)
    {
        lock (_tokens)
        {
            var found = _tokens.FindLast(one => one.Token == token);
            return found.Token is not null && found.Date + s_valid >= now ? found.Date : null;
        }
    }

    public void Add(string? token, DateTimeOffset date)
    {
        if (token is null)
        {
            return;
        }

        lock (_tokens)
        {
            _tokens.Add((token, date));
            if (_tokens.Count > Kept)
            {
                _tokens.RemoveAt(0);
            }
        }
    }
}
