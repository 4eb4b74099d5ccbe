using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud.SQS;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.SQS;

/// <summary>Messages on their way from one queue to another, while something else happens to either.</summary>
public sealed class SQSMoveTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("oith-sqs-move-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Moved_Back_Letter_Is_A_New_Message_Whatever_Else_Happens_To_The_Dead_Letter_Queue()
    {
        const int Letters = 3000;
        using var cloud = new SQSCloud();
        var (work, _) = await CreatePairAsync(cloud, "work", "dead");
        await FillAsync(cloud, work, Letters);
        await MakeDeadAsync(cloud, work, Letters);
        var (workQueue, deadQueue) = (Find(cloud, "work"), Find(cloud, "dead"));

        // Each change of the queue ends with a look for dead letters to deliver, and may deliver those that the move has taken.
        using var stop = new CancellationTokenSource();
        var changing = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    deadQueue.Update(definition => definition);
                }
            },
            Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToList();
        for (var moved = 0; moved < Letters; moved++)
        {
            Assert.True(deadQueue.MoveNext(_ => workQueue));
        }

        await stop.CancelAsync();
        await Task.WhenAll(changing);
        workQueue.Peek(int.MaxValue, message =>
        {
            Assert.Equal(0, message.ReceiveCount);
            Assert.Null(message.DeadLetterQueueSourceArn);
        });
    }

    [Fact]
    public async Task Message_Stays_When_The_Queue_That_It_Is_Moved_To_Is_Deleted()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string source;
        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            source = await cloud.CreateQueueAsync("source");
            await cloud.SendAsync(source, "letter");
            var target = await cloud.CreateQueueAsync("target");
            var deleted = Find(cloud, "target");
            await cloud.SqsAsync("DeleteQueue", new() { ["QueueUrl"] = target });

            var error = Assert.Throws<AwsServiceException>(() => Find(cloud, "source").MoveNext(_ => deleted));
            Assert.Contains("NonExistentQueue", error.QueryErrorCode ?? error.Code);
            Assert.Equal((1, 0, 0), await cloud.CountAsync(source));
            Assert.Equal("letter", Assert.Single(await cloud.ReceiveAsync(source, visibility: 0)).Body);
        }

        using var again = new SQSCloud(_directory.FullName, time);
        Assert.Equal((1, 0, 0), await again.CountAsync(source));
    }

    [Fact]
    public async Task Restart_Agrees_With_What_Was_Counted_As_Moved_When_The_Target_Is_Deleted_Meanwhile()
    {
        const int Rounds = 60;
        const int Letters = 30;
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var left = new int[Rounds];
        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            for (var round = 0; round < Rounds; round++)
            {
                var source = await cloud.CreateQueueAsync($"source-{round}");
                await FillAsync(cloud, source, Letters);
                var target = await cloud.CreateQueueAsync($"target-{round}");
                var (from, to) = (Find(cloud, $"source-{round}"), Find(cloud, $"target-{round}"));
                var moving = Task.Run(() => CountMoved(from, to), Token);
                var deleting = Task.Run(() => cloud.SqsAsync("DeleteQueue", new() { ["QueueUrl"] = target }), Token);
                await deleting;
                var moved = await moving;
                left[round] = from.Count().Visible;
                Assert.Equal(Letters, moved + left[round]);
            }
        }

        using var again = new SQSCloud(_directory.FullName, time);
        Assert.Equal(left, Enumerable.Range(0, Rounds).Select(round => Find(again, $"source-{round}").Count().Visible));
    }

    [Fact]
    public async Task Move_Task_Fails_And_Keeps_A_Letter_Whose_Source_Is_Unknown()
    {
        using var cloud = new SQSCloud();
        var (_, dead) = await CreatePairAsync(cloud, "work", "dead");
        await cloud.SendAsync(dead, "sent here directly");

        await cloud.SqsAsync("StartMessageMoveTask", new() { ["SourceArn"] = SQSCloud.ArnOf("dead") });
        var task = await EndOfTaskAsync(cloud, "dead");

        Assert.Equal(("FAILED", "CouldNotDetermineMessageSource"), (task["Status"]!.ToString(), task["FailureReason"]!.ToString()));
        Assert.Equal("sent here directly", Assert.Single(await cloud.ReceiveAsync(dead)).Body);
    }

    [Fact]
    public async Task Move_Task_Fails_When_Its_Source_Is_Deleted()
    {
        using var cloud = new SQSCloud();
        var (work, dead) = await CreatePairAsync(cloud, "work", "dead");
        await FillAsync(cloud, work, 3);
        await MakeDeadAsync(cloud, work, 3);
        var queue = Find(cloud, "dead");
        await cloud.SqsAsync("DeleteQueue", new() { ["QueueUrl"] = dead });

        Assert.Throws<AwsServiceException>(() => queue.MoveNext(_ => Find(cloud, "work")));
    }

    [Fact]
    public async Task Groups_Keep_Their_Order_When_They_Are_Moved_Back_Under_Load()
    {
        const int PerGroup = 300;
        using var cloud = new SQSCloud();
        var (work, dead) = await CreatePairAsync(cloud, "work.fifo", "dead.fifo");
        foreach (var group in new[] { "a", "b" })
        {
            for (var number = 0; number < PerGroup; number++)
            {
                await cloud.SendAsync(dead, $"{number}", group);
            }
        }

        using var stop = new CancellationTokenSource();
        var sending = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await cloud.SendAsync(dead, "other", "c");
                }
            },
            Token);
        var (workQueue, deadQueue) = (Find(cloud, "work.fifo"), Find(cloud, "dead.fifo"));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(
            () =>
            {
                while (workQueue.Count().Visible < 3 * PerGroup)
                {
                    deadQueue.MoveNext(_ => workQueue);
                }
            },
            Token)));
        await stop.CancelAsync();
        await sending;

        foreach (var group in new[] { "a", "b" })
        {
            var order = new List<int>();
            workQueue.Peek(int.MaxValue, message =>
            {
                if (message.GroupId == group)
                {
                    order.Add(int.Parse(message.Body, System.Globalization.CultureInfo.InvariantCulture));
                }
            });
            Assert.Equal(order.Order(), order);
        }

        Assert.NotNull(work);
    }

    [Fact]
    public async Task Message_On_Its_Way_Is_Not_Its_Old_Queues_To_Change()
    {
        using var cloud = new SQSCloud();
        var source = await cloud.CreateQueueAsync("source", ("VisibilityTimeout", "1"));
        await cloud.CreateQueueAsync("target");
        await cloud.SendAsync(source, "letter");
        var received = Assert.Single(await cloud.ReceiveAsync(source));
        cloud.Pass(2);
        var (from, to) = (Find(cloud, "source"), Find(cloud, "target"));

        // While the target is asked for, the message is neither received nor changed by a handle of before.
        Assert.True(from.MoveNext(message =>
        {
            Assert.Equal("letter", message.Body);
            return to;
        }));
        await cloud.DeleteAsync(source, received);
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => cloud.ChangeVisibilityAsync(source, received, 5));

        Assert.Equal("InvalidParameterValue", error.QueryErrorCode ?? error.Code);
        Assert.Equal((1, 0, 0), (to.Count().Visible, to.Count().InFlight, to.Count().Delayed));
        Assert.Equal(0, from.Count().Visible);
    }

    [Fact]
    public async Task Circle_Of_Dead_Letter_Queues_Passes_A_Message_On_Only_When_It_Was_Received()
    {
        using var cloud = new SQSCloud();
        var one = await cloud.CreateQueueAsync("one", ("VisibilityTimeout", "1"));
        var two = await cloud.CreateQueueAsync("two", ("VisibilityTimeout", "1"), Redrive("one"));
        await cloud.SqsAsync("SetQueueAttributes", new JsonObject
        {
            ["QueueUrl"] = one,
            ["Attributes"] = new JsonObject { ["RedrivePolicy"] = Redrive("two").Value },
        });
        await cloud.SendAsync(one, "letter");
        Assert.Single(await cloud.ReceiveAsync(one));
        cloud.Pass(2);

        Assert.Empty(await cloud.ReceiveAsync(one));
        Assert.Equal("2", Assert.Single(await cloud.ReceiveAsync(two)).Attribute("ApproximateReceiveCount"));
        cloud.Pass(2);
        Assert.Empty(await cloud.ReceiveAsync(two));
        Assert.Equal("letter", Assert.Single(await cloud.ReceiveAsync(one)).Body);
    }

    [Fact]
    public async Task Dead_Letter_Makes_Room_For_The_Next_Of_Its_Group_In_The_Same_Receive()
    {
        using var cloud = new SQSCloud();
        await cloud.CreateQueueAsync("dead.fifo");
        var work = await cloud.CreateQueueAsync("work.fifo", ("VisibilityTimeout", "1"), Redrive("dead.fifo"));
        await cloud.SendAsync(work, "first", "g");
        await cloud.SendAsync(work, "second", "g");
        Assert.Equal("first", Assert.Single(await cloud.ReceiveAsync(work, 1)).Body);
        cloud.Pass(2);

        Assert.Equal("second", Assert.Single(await cloud.ReceiveAsync(work, 1)).Body);
    }

    [Fact]
    public async Task Deduplication_Is_The_Same_After_Each_Restart()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string dead;
        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            dead = await cloud.CreateQueueAsync("dead.fifo");
            var work = await cloud.CreateQueueAsync("work.fifo");
            await cloud.SendAsync(work, "letter", "g", "id");
            Assert.True(Find(cloud, "work.fifo").MoveNext(_ => Find(cloud, "dead.fifo")));
        }

        for (var start = 0; start < 3; start++)
        {
            using var cloud = new SQSCloud(_directory.FullName, time);
            Assert.Equal(1, Find(cloud, "dead.fifo").Count().Visible);
        }

        using var last = new SQSCloud(_directory.FullName, time);
        await last.SendAsync(dead, "another", "g", "id");
        Assert.Equal(2, Find(last, "dead.fifo").Count().Visible);
    }

    [Fact]
    public async Task Delay_That_Was_Changed_Survives_A_Restart()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string queue;
        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            queue = await cloud.CreateQueueAsync("q.fifo", ("DelaySeconds", "900"));
            await cloud.SendAsync(queue, "delayed", "g");
            await cloud.SqsAsync("SetQueueAttributes", new JsonObject
            {
                ["QueueUrl"] = queue,
                ["Attributes"] = new JsonObject { ["DelaySeconds"] = "10" },
            });
        }

        using var again = new SQSCloud(_directory.FullName, time);
        again.Pass(11);
        Assert.Single(await again.ReceiveAsync(queue));
    }

    private static int CountMoved(SQSQueue from, SQSQueue to)
    {
        var moved = 0;
        try
        {
            while (from.MoveNext(_ => to))
            {
                moved++;
            }
        }
        catch (AwsServiceException)
        {
            // The target is deleted.
        }

        return moved;
    }

    private static SQSQueue Find(SQSCloud cloud, string name) => cloud.Services.GetRequiredService<SQSQueues>().FindByName(name)!;

    private static (string Name, string Value) Redrive(string deadLetterQueue) => (
        "RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf(deadLetterQueue)}}","maxReceiveCount":1}""");

    private static async Task<(string Work, string Dead)> CreatePairAsync(SQSCloud cloud, string work, string dead)
    {
        var url = await cloud.CreateQueueAsync(dead);
        return (await cloud.CreateQueueAsync(work, ("VisibilityTimeout", "1"), Redrive(dead)), url);
    }

    private static async Task FillAsync(SQSCloud cloud, string queue, int count)
    {
        for (var number = 0; number < count; number++)
        {
            await cloud.SendAsync(queue, $"{number}");
        }
    }

    private static async Task MakeDeadAsync(SQSCloud cloud, string queue, int count)
    {
        for (var received = 0; received < count;)
        {
            received += (await cloud.ReceiveAsync(queue)).Count;
        }

        cloud.Pass(2);
        Assert.Empty(await cloud.ReceiveAsync(queue));
    }

    private static async Task<JsonObject> EndOfTaskAsync(SQSCloud cloud, string source)
    {
        while (true)
        {
            var tasks = await cloud.SqsAsync("ListMessageMoveTasks", new() { ["SourceArn"] = SQSCloud.ArnOf(source) });
            var task = tasks["Results"]![0]!.AsObject();
            if (task["Status"]!.ToString() is not ("RUNNING" or "CANCELLING"))
            {
                return task;
            }

            await Task.Yield();
        }
    }
}
