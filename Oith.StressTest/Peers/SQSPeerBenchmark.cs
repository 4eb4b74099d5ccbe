using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.StressTest.Peers;

/// <summary>
/// The verb <c>peers sqs</c>: how many FIFO messages a second are sent, received and deleted, one call each over HTTP, by
/// parallel clients that each have a message group of their own.
/// </summary>
internal static class SQSPeerBenchmark
{
    private const double Target = 3;

    public static Command Create()
    {
        var clients = new Option<int>("--clients") { Description = "Parallel clients.", DefaultValueFactory = _ => 32 };
        var seconds = new Option<double>("--seconds") { Description = "How long each emulator is measured, after a warm-up half as long.", DefaultValueFactory = _ => 10 };
        var fauxqs = new Option<string>("--fauxqs") { Description = "Path of fauxqs' dist/cli.js; without it, fauxqs on the PATH.", DefaultValueFactory = _ => "" };
        var command = new Command("sqs", "Sends, receives and deletes FIFO messages.") { clients, seconds, fauxqs };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(clients),
            TimeSpan.FromSeconds(result.GetRequiredValue(seconds)),
            result.GetRequiredValue(fauxqs),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int clients, TimeSpan duration, string fauxqs, CancellationToken cancellationToken)
    {
        var measurements = new List<Measurement>();
        foreach (var program in new[] { PeerProgram.LocalCloud, PeerProgram.Fauxqs(fauxqs), PeerProgram.Moto })
        {
            await using var peer = await PeerProcess.StartAsync(program, cancellationToken);
            if (peer is null)
            {
                Console.WriteLine($"{program.Name,-12} is not on this machine");
                continue;
            }

            var measured = await MeasureAsync(peer, clients, duration, cancellationToken);
            measurements.Add(measured);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{program.Name,-12} {measured.Rate,8:N0} messages/s sent, received and deleted by {clients} clients; {measured.ProcessorTime.TotalMicroseconds,6:N0} µs of processor time a message, {measured.Megabytes} MB"));
        }

        if (measurements.Count < 2)
        {
            Console.WriteLine("No peer to compare with.");
            return 0;
        }

        var ratio = measurements[0].Rate / measurements.Skip(1).Max(peer => peer.Rate);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"LocalCloud is {ratio:N1} times the fastest peer (target {Target:N0})."));
        return ratio >= Target ? 0 : 1;
    }

    private static async Task<Measurement> MeasureAsync(PeerProcess peer, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var connections = Enumerable.Range(0, clients).Select(_ => new PeerConnection(peer.Endpoint, "AmazonSQS", "sqs")).ToArray();
        try
        {
            var created = await connections[0].CallAsync(
                "CreateQueue",
                """{"QueueName":"peers.fifo","Attributes":{"FifoQueue":"true","DeduplicationScope":"messageGroup","FifoThroughputLimit":"perMessageGroupId"}}""",
                cancellationToken);
            var queue = JsonValue.Create(JsonNode.Parse(created.Span)!["QueueUrl"]!.GetValue<string>()).ToJsonString();
            await RunClientsAsync(connections, queue, duration / 2, cancellationToken);
            var processor = peer.ProcessorTime;
            var watch = Stopwatch.StartNew();
            var messages = await RunClientsAsync(connections, queue, duration, cancellationToken);
            return new Measurement(peer.Name, messages / watch.Elapsed.TotalSeconds, (peer.ProcessorTime - processor) / messages, peer.Megabytes);
        }
        finally
        {
            foreach (var connection in connections)
            {
                connection.Dispose();
            }
        }
    }

    private static async Task<long> RunClientsAsync(PeerConnection[] connections, string queue, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(connections.Select((connection, client) => Task.Run(
            () => RunClientAsync(connection, queue, client, () => watch.Elapsed < duration, cancellationToken), cancellationToken)));
        return counts.Sum();
    }

    /// <returns>How many messages this client deleted.</returns>
    private static async Task<long> RunClientAsync(
        PeerConnection connection, string queue, int client, Func<bool> goesOn, CancellationToken cancellationToken)
    {
        var body = new string('x', 200);
        var receive = $$"""{"QueueUrl":{{queue}},"MaxNumberOfMessages":1}""";
        var deleted = 0L;
        while (goesOn())
        {
            await connection.CallAsync(
                "SendMessage",
                $$"""{"QueueUrl":{{queue}},"MessageBody":"{{body}}","MessageGroupId":"{{client}}","MessageDeduplicationId":"{{Guid.NewGuid()}}"}""",
                cancellationToken);
            if (HandleOf(await connection.CallAsync("ReceiveMessage", receive, cancellationToken)) is { } handle)
            {
                await connection.CallAsync("DeleteMessage", $$"""{"QueueUrl":{{queue}},"ReceiptHandle":{{handle}}}""", cancellationToken);
                deleted++;
            }
        }

        return deleted;
    }

    /// <summary>The first receipt handle of an answer as a JSON string, null when it has none.</summary>
    private static string? HandleOf(ReadOnlyMemory<byte> answer)
    {
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.TryGetProperty("Messages", out var messages) && messages.GetArrayLength() > 0
            ? messages[0].GetProperty("ReceiptHandle").GetRawText()
            : null;
    }

    /// <param name="Rate">Messages a second.</param>
    /// <param name="ProcessorTime">Of the emulator, for one message.</param>
    /// <param name="Megabytes">That the emulator holds at the end.</param>
    private sealed record Measurement(string Name, double Rate, TimeSpan ProcessorTime, long Megabytes);
}
