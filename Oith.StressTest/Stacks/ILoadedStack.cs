namespace Oith.StressTest.Stacks;

/// <summary>What the load is sent to.</summary>
internal interface ILoadedStack : IAsyncDisposable
{
    /// <summary>Where each instance of the matching service answers.</summary>
    IReadOnlyList<Uri> Services { get; }

    /// <summary>The AWS endpoint behind it; null when the tool may not look there.</summary>
    AwsEndpoint? Aws { get; }

    /// <summary>What it is, for the report: <c>in this process</c>.</summary>
    string Description { get; }

    /// <summary>Processor time that it used so far, with the tool's own where they share a process.</summary>
    TimeSpan ProcessorTime { get; }
}
