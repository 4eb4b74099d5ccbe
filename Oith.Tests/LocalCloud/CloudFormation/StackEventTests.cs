using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.CloudFormation.Stacks;
using Oith.LocalCloud.Durability;
using CloudFormationStack = Oith.LocalCloud.CloudFormation.Stacks.Stack;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class StackEventTests
{
    [Fact]
    public void Events_Of_One_Millisecond_Have_Ids_Of_Their_Own()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 30, 4, 0, 0, TimeSpan.Zero));
        using var journals = new JournalFactory(new LocalCloudOptions(), time, NullLogger<JournalFactory>.Instance);
        using var store = new StackStore(journals, time);
        var stack = new CloudFormationStack { Id = "id", Name = "name", CreationTime = time.GetUtcNow(), Status = StackStatus.CreateInProgress };
        store.Add(stack, () => { });
        var resource = new StackResource("Work", "AWS::SQS::Queue") { Status = StackStatus.CreateInProgress, Timestamp = time.GetUtcNow() };
        var writer = new StackEventWriter(store, stack, time, token: null);

        writer.Resource(resource);
        writer.Resource(resource with { StatusReason = "Resource creation Initiated" });
        writer.Resource(resource with { Status = StackStatus.CreateComplete });

        Assert.Equal(
            ["Work-CREATE_IN_PROGRESS-2026-11-30T04:00:00.000Z", "Work-CREATE_IN_PROGRESS-2026-11-30T04:00:00.001Z", "Work-CREATE_COMPLETE-2026-11-30T04:00:00.000Z"],
            stack.Events.Select(stackEvent => stackEvent.Id));
        Assert.All(stack.Events, stackEvent => Assert.Equal(time.GetUtcNow(), stackEvent.Timestamp));
    }
}
