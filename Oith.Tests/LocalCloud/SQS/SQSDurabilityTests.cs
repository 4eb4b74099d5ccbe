using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Oith.Stack;

namespace Oith.Tests.LocalCloud.SQS;

public sealed class SQSDurabilityTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("oith-sqs-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Purge_Forgets_Deduplication_Ids_Over_A_Restart_Too()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string queue;
        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            queue = await cloud.CreateQueueAsync("q.fifo");
            await cloud.SendAsync(queue, "first", "group", "one");
            await cloud.SendAsync(queue, "first", "group", "two");
            await cloud.SqsAsync("PurgeQueue", new() { ["QueueUrl"] = queue });
            await cloud.SendAsync(queue, "again", "group", "one");
            Assert.Equal((1, 0, 0), await cloud.CountAsync(queue));
        }

        using var restarted = new SQSCloud(_directory.FullName, time);
        await restarted.SendAsync(queue, "again", "group", "two");
        await restarted.SendAsync(queue, "duplicate", "group", "one");
        Assert.Equal((2, 0, 0), await restarted.CountAsync(queue));
    }

    [Fact]
    public async Task Receives_Of_A_Dead_Letter_Are_Counted_Over_A_Restart()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string middle;
        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            await cloud.CreateQueueAsync("c", ("VisibilityTimeout", "0"));
            middle = await CreateSourceAsync(cloud, "b", "c", maxReceiveCount: 2);
            var first = await CreateSourceAsync(cloud, "a", "b", maxReceiveCount: 1);
            await cloud.SendAsync(first, "letter");
            Assert.Single(await cloud.ReceiveAsync(first));
            Assert.Empty(await cloud.ReceiveAsync(first));
            Assert.Single(await cloud.ReceiveAsync(middle));
        }

        using var restarted = new SQSCloud(_directory.FullName, time);
        Assert.Single(await restarted.ReceiveAsync(middle));
        Assert.Empty(await restarted.ReceiveAsync(middle));

        static Task<string> CreateSourceAsync(SQSCloud cloud, string name, string target, int maxReceiveCount) => cloud.CreateQueueAsync(
            name,
            ("VisibilityTimeout", "0"),
            ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf(target)}}","maxReceiveCount":{{maxReceiveCount}}}"""));
    }

    [Fact]
    public async Task Queues_And_Messages_Survive_A_Restart()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string queue;
        SQSCloud.Received inFlight;
        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            await cloud.CreateQueueAsync("dlq.fifo");
            queue = await cloud.CreateQueueAsync(
                "q.fifo",
                ("VisibilityTimeout", "10"),
                ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{SQSCloud.ArnOf("dlq.fifo")}}","maxReceiveCount":1}"""));
            await cloud.SendAsync(queue, "a1", "a", "first");
            await cloud.SendAsync(queue, "a2", "a", "second");
            await cloud.SendAsync(queue, "b1", "b");
            inFlight = Assert.Single(await cloud.ReceiveAsync(queue, 1));
            Assert.Equal("a1", inFlight.Body);
            await cloud.DeleteAsync(queue, Assert.Single(await cloud.ReceiveAsync(queue)));
            await cloud.SqsAsync("DeleteQueue", new() { ["QueueUrl"] = await cloud.CreateQueueAsync("gone") });
        }

        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            Assert.Equal((1, 1, 0), await cloud.CountAsync(queue));
            Assert.Empty(await cloud.ReceiveAsync(queue));
            await cloud.SendAsync(queue, "duplicate", "a", "second");
            await cloud.DeleteAsync(queue, inFlight);
            var rest = Assert.Single(await cloud.ReceiveAsync(queue));
            Assert.Equal("a2", rest.Body);
            cloud.Pass(10);
            Assert.Empty(await cloud.ReceiveAsync(queue));
        }

        using (var cloud = new SQSCloud(_directory.FullName, time))
        {
            Assert.Equal((0, 0, 0), await cloud.CountAsync(queue));
            Assert.Equal(["a2"], await cloud.ReceiveBodiesAsync(queue.Replace("q.fifo", "dlq.fifo", StringComparison.Ordinal)));
            var queues = await cloud.SqsAsync("ListQueues", []);
            Assert.Equal(2, queues["QueueUrls"]!.AsArray().Count);
        }
    }

    [Fact]
    public Task Every_State_Survives_A_Restart() => Gen.Int[0, 5].Array[1, 25].SampleAsync(
        async steps =>
        {
            var directory = _directory.CreateSubdirectory(Guid.NewGuid().ToString());
            var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
            (int, int, int) counts;
            var queue = "";
            using (var cloud = new SQSCloud(directory.FullName, time))
            {
                queue = await cloud.CreateQueueAsync("q", ("VisibilityTimeout", "5"));
                var held = new List<SQSCloud.Received>();
                foreach (var step in steps)
                {
                    switch (step)
                    {
                        case 0 or 1:
                            await cloud.SendAsync(queue, "a", delay: step * 3);
                            break;
                        case 2:
                            held.AddRange(await cloud.ReceiveAsync(queue, 2));
                            break;
                        case 3 when held.Count > 0:
                            var deleted = held[^1];
                            await cloud.DeleteAsync(queue, deleted);
                            held.RemoveAll(received => received.Id == deleted.Id);
                            break;
                        case 4 when held.Count > 0:
                            await cloud.ChangeVisibilityAsync(queue, held[0], 1);
                            break;
                        case 5:
                            cloud.Pass(2);
                            break;
                    }
                }

                counts = await cloud.CountAsync(queue);
            }

            using var again = new SQSCloud(directory.FullName, time);
            Assert.Equal(counts, await again.CountAsync(queue));
            again.Pass(5);
            Assert.Equal((counts.Item1 + counts.Item2 + counts.Item3, 0, 0), await again.CountAsync(queue));
        },
        iter: 40,
        threads: 1);

    [Fact]
    public async Task Acknowledged_Messages_Survive_When_The_Process_Is_Killed()
    {
        var port = LocalPort.FindFree();
        var acknowledged = new List<string>();
        using (var process = Start(port))
        {
            using var client = Client(port);
            var queue = await CreateQueueAsync(client);
            var isAcknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var killer = Task.Run(
                async () =>
                {
                    // However slow the machine is, something is lost if it can be.
                    await isAcknowledged.Task.WaitAsync(Token);
                    await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Token);
                    process.Kill(entireProcessTree: true);
                },
                Token);
            try
            {
                for (var i = 0; ; i++)
                {
                    var body = i.ToString(CultureInfo.InvariantCulture);
                    await client.SendMessageAsync(queue, body, Token);
                    acknowledged.Add(body);
                    isAcknowledged.TrySetResult();
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or AmazonClientException or AmazonServiceException)
            {
                // The process is gone, as it should be.
            }

            await killer;
            await process.WaitForExitAsync(Token);
        }

        Assert.NotEmpty(acknowledged);
        using (var process = Start(port))
        {
            using var client = Client(port);
            var queue = await CreateQueueAsync(client);
            var received = new HashSet<string>(StringComparer.Ordinal);
            while (await client.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { MaxNumberOfMessages = 10 }, Token) is { Messages.Count: > 0 } answer)
            {
                received.UnionWith(answer.Messages.Select(message => message.Body));
            }

            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(Token);
            Assert.Empty(acknowledged.Except(received));
        }
    }

    private static AmazonSQSClient Client(int port) => new(
        new BasicAWSCredentials("x", "x"),
        new AmazonSQSConfig { ServiceURL = $"http://127.0.0.1:{port}", MaxErrorRetry = 0 });

    /// <summary>Asks until the process answers.</summary>
    private static async Task<string> CreateQueueAsync(AmazonSQSClient client)
    {
        while (true)
        {
            try
            {
                return (await client.CreateQueueAsync("kept", Token)).QueueUrl;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or AmazonClientException or AmazonServiceException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
            }
        }
    }

    private Process Start(int port)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Oith.LocalCloud.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LocalCloud__Port"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["LocalCloud__RedisPort"] = "0";
        start.Environment["LocalCloud__DataDirectory"] = _directory.FullName;
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
