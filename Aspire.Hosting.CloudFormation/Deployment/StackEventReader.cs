namespace Aspire.Hosting.CloudFormation;

/// <summary>Reads the events of one operation on a stack and reports each once, the oldest first.</summary>
internal sealed class StackEventReader
{
    private readonly CloudFormationClient _client;
    private readonly IStackProgress _progress;
    private StackEvent? _firstFailure;
    private StackEvent? _stackFailure;
    private string? _latest;

    private StackEventReader(CloudFormationClient client, string stackId, IStackProgress progress, string? latest) =>
        (_client, StackId, _progress, _latest) = (client, stackId, progress, latest);

    public string StackId { get; }

    /// <summary>Remembers the stack's latest event, so that only later ones are reported.</summary>
    public static async Task<StackEventReader> StartAsync(
        CloudFormationClient client, string stackId, IStackProgress progress, CancellationToken cancellationToken)
    {
        var page = await client.DescribeStackEventsAsync(stackId, nextToken: null, cancellationToken);
        return new StackEventReader(client, stackId, progress, page.Events.Count == 0 ? null : page.Events[0].Id);
    }

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var news = new List<StackEvent>();
        string? token = null;
        do
        {
            var page = await _client.DescribeStackEventsAsync(StackId, token, cancellationToken);
            var later = page.Events.TakeWhile(e => e.Id != _latest).ToList();
            news.AddRange(later);
            token = later.Count < page.Events.Count ? null : page.NextToken;
        }
        while (token is not null);

        if (news.Count == 0)
        {
            return;
        }

        _latest = news[0].Id;
        news.Reverse();
        foreach (var stackEvent in news)
        {
            Remember(stackEvent);
            _progress.Report(stackEvent);
        }
    }

    /// <summary>Names the first resource that failed, which is the cause of all later failures and of the rollback.</summary>
    public string DescribeFailure(Stack stack) => (_firstFailure ?? _stackFailure) is { } failed
        ? $"{failed.LogicalId} ({failed.ResourceType}) {failed.Status}: {failed.Reason ?? "CloudFormation gives no reason."}"
        : stack.StatusReason ?? "CloudFormation gives no reason.";

    private void Remember(StackEvent stackEvent)
    {
        if (!stackEvent.IsFailure)
        {
            return;
        }

        if (stackEvent.IsOfStack)
        {
            _stackFailure ??= stackEvent;
        }
        else if (stackEvent.Reason?.Contains("cancelled", StringComparison.OrdinalIgnoreCase) is not true)
        {
            _firstFailure ??= stackEvent;
        }
    }
}
