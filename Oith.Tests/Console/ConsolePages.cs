namespace Oith.Tests.Console;

/// <summary>Every page, by its address and the heading that it shows.</summary>
public static class ConsolePages
{
    public static TheoryData<string, string> All => new()
    {
        { "", "Overview" },
        { "alarms", "Alarms" },
        { "alarms/oith-development-response-time-p95", "oith-development-response-time-p95" },
        { "stacks", "Stacks" },
        { "stacks/oith-development-data", "oith-development-data" },
        { "queues", "Queues" },
        { "queues/oith-development-matching-dlq.fifo", "oith-development-matching-dlq.fifo" },
    };
}
