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
        var seconds = new Option<double>("--seconds") { Description = "How long each emulator is measured, three times over after a warm-up.", DefaultValueFactory = _ => 4 };
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
        await using var group = await PeerGroup.StartAsync(
            [PeerProgram.LocalCloud, PeerProgram.Fauxqs(fauxqs), PeerProgram.Moto], cancellationToken);
        var queues = group.Peers.ToDictionary(peer => peer, peer => CreateQueue(peer.Endpoint, cancellationToken));
        var best = await group.BestAsync(
            peer => MeasureAsync(peer, queues[peer], clients, duration, cancellationToken), measurement => measurement.Rate);
        return Report(group.Peers, best, clients);
    }

    private static int Report(IReadOnlyList<PeerProcess> peers, Measurement[] measurements, int clients)
    {
        foreach (var (peer, best) in peers.Zip(measurements))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{peer.Name,-12} {best.Rate,8:N0} messages/s sent, received and deleted by {clients} clients; {best.ProcessorTime.TotalMicroseconds,6:N0} µs of processor time a message, {peer.Megabytes} MB"));
        }

        if (peers.Count < 2)
        {
            Console.WriteLine("No peer to compare with.");
            return 0;
        }

        var ratio = measurements[0].Rate / measurements.Skip(1).Max(measurement => measurement.Rate);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"LocalCloud is {ratio:N1} times the fastest peer (target {Target:N0})."));
        return ratio >= Target ? 0 : 1;
    }

    private static async Task<Measurement> MeasureAsync(PeerProcess peer, string queue, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var processor = peer.ProcessorTime;
        var watch = Stopwatch.StartNew();
        var messages = await PeerClients.RunAsync(
            clients, client => Run(peer.Endpoint, queue, client, () => watch.Elapsed < duration, cancellationToken));
        return new Measurement(messages / watch.Elapsed.TotalSeconds, (peer.ProcessorTime - processor) / messages);
    }

    /// <returns>Its URL as a JSON string.</returns>
    private static string CreateQueue(Uri endpoint, CancellationToken cancellationToken)
    {
        using var connection = Connect(endpoint);
        var created = connection.Call(
            "CreateQueue",
            """{"QueueName":"peers.fifo","Attributes":{"FifoQueue":"true","DeduplicationScope":"messageGroup","FifoThroughputLimit":"perMessageGroupId"}}""",
            cancellationToken);
        return JsonValue.Create(JsonNode.Parse(created.Span)!["QueueUrl"]!.GetValue<string>()).ToJsonString();
    }

    /// <param name="queue">Its URL as a JSON string.</param>
    /// <returns>How many messages this client deleted.</returns>
    private static long Run(Uri endpoint, string queue, int client, Func<bool> goesOn, CancellationToken cancellationToken)
    {
        using var connection = Connect(endpoint);
        var body = new string('x', 200);
        var receive = $$"""{"QueueUrl":{{queue}},"MaxNumberOfMessages":1}""";
        var deleted = 0L;
        while (goesOn())
        {
            connection.Call(
                "SendMessage",
                $$"""{"QueueUrl":{{queue}},"MessageBody":"{{body}}","MessageGroupId":"{{client}}","MessageDeduplicationId":"{{Guid.NewGuid()}}"}""",
                cancellationToken);
            if (HandleOf(connection.Call("ReceiveMessage", receive, cancellationToken)) is { } handle)
            {
                connection.Call("DeleteMessage", $$"""{"QueueUrl":{{queue}},"ReceiptHandle":{{handle}}}""", cancellationToken);
                deleted++;
            }
        }

        return deleted;
    }

    private static PeerConnection Connect(Uri endpoint) => new(endpoint, "AmazonSQS", "sqs");

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
    private readonly record struct Measurement(double Rate, TimeSpan ProcessorTime);
}
