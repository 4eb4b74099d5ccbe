namespace Aspire.Hosting.CloudFormation;

/// <summary>How often a stack is asked for its state: at first quickly, then less and less often.</summary>
internal sealed record PollingSchedule(TimeSpan First, TimeSpan Longest)
{
    private const double Growth = 1.5;

    /// <summary>For an emulator, which creates most stacks within milliseconds.</summary>
    public static PollingSchedule Emulator { get; } = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(500));

    /// <summary>For AWS, which limits DescribeStacks and DescribeStackEvents per account and region.</summary>
    public static PollingSchedule Aws { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));

    public TimeSpan After(TimeSpan interval)
    {
        var next = interval * Growth;
        return next < Longest ? next : Longest;
    }
}
