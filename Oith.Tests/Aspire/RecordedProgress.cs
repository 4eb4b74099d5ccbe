using Aspire.Hosting.CloudFormation;

namespace Oith.Tests.Aspire;

/// <summary>Keeps what a deployment reports.</summary>
internal sealed class RecordedProgress : IStackProgress
{
    public List<StackEvent> Events { get; } = [];

    public List<string> Messages { get; } = [];

    void IStackProgress.Report(StackEvent stackEvent) => Events.Add(stackEvent);

    void IStackProgress.Report(string message) => Messages.Add(message);
}
