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
    private const int Rounds = 3;

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
        var peers = new List<Contestant>();
        try
        {
            foreach (var program in new[] { PeerProgram.LocalCloud, PeerProgram.Fauxqs(fauxqs), PeerProgram.Moto })
            {
                if (await PeerProcess.StartAsync(program, cancellationToken) is { } peer)
                {
                    peers.Add(new Contestant(peer, CreateQueue(peer.Endpoint, cancellationToken)));
                }
                else
                {
                    Console.WriteLine($"{program.Name,-12} is not on this machine");
                }
            }

            // They take turns, so that whatever else the machine does meets all of them; the first round warms up, of the others the best one counts.
            for (var round = 0; round <= Rounds; round++)
            {
                foreach (var contestant in peers)
                {
                    var measured = await MeasureAsync(contestant, clients, duration, cancellationToken);
                    if (round > 0 && measured.Rate > contestant.Best.Rate)
                    {
                        contestant.Best = measured;
                    }
                }
            }

            return Report(peers, clients);
        }
        finally
        {
            foreach (var contestant in peers)
            {
                await contestant.Peer.DisposeAsync();
            }
        }
    }

    private static int Report(List<Contestant> peers, int clients)
    {
        foreach (var (peer, best) in peers.Select(contestant => (contestant.Peer, contestant.Best)))
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

        var ratio = peers[0].Best.Rate / peers.Skip(1).Max(contestant => contestant.Best.Rate);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"LocalCloud is {ratio:N1} times the fastest peer (target {Target:N0})."));
        return ratio >= Target ? 0 : 1;
    }

    private static async Task<Measurement> MeasureAsync(Contestant contestant, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var processor = contestant.Peer.ProcessorTime;
        var watch = Stopwatch.StartNew();
        var messages = await PeerClients.RunAsync(
            clients, client => Run(contestant, client, () => watch.Elapsed < duration, cancellationToken));
        return new Measurement(messages / watch.Elapsed.TotalSeconds, (contestant.Peer.ProcessorTime - processor) / messages);
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

    /// <returns>How many messages this client deleted.</returns>
    private static long Run(Contestant contestant, int client, Func<bool> goesOn, CancellationToken cancellationToken)
    {
        using var connection = Connect(contestant.Peer.Endpoint);
        var queue = contestant.Queue;
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

    /// <param name="Queue">URL of its queue as a JSON string.</param>
    private sealed record Contestant(PeerProcess Peer, string Queue)
    {
        public Measurement Best { get; set; }
    }

    /// <param name="Rate">Messages a second.</param>
    /// <param name="ProcessorTime">Of the emulator, for one message.</param>
    private readonly record struct Measurement(double Rate, TimeSpan ProcessorTime);
}
