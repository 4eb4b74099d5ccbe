namespace Oith.Tests.Console;

/// <summary>Every page, by its address and the heading that it shows.</summary>
public static class ConsolePages
{
    public static TheoryData<string, string> All => new()
    {
        { "", "Overview" },
        { "dashboard", "OITH-development-Dashboard" },
        { "alarms", "Alarms" },
        { "alarms/oith-development-response-time-p95", "oith-development-response-time-p95" },
        { "stacks", "Stacks" },
        { "stacks/oith-development-data", "oith-development-data" },
        { "queues", "Queues" },
        { "queues/oith-development-matching-dlq.fifo", "oith-development-matching-dlq.fifo" },
        { "tables", "Tables" },
        { "tables/oith-development-users", "oith-development-users" },
        { "machines", "State machines" },
        { "machines/oith-development-batch-precompute", "oith-development-batch-precompute" },
        { "rules", "Rules and pipes" },
        { "functions", "Functions" },
        { "functions/oith-development-matching-service", "oith-development-matching-service" },
        { "redis", "Redis" },
        { "emails", "E-mails" },
        { "traces", "Traces" },
        { "logs", "Logs" },
    };
}
