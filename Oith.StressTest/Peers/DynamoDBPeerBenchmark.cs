using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Oith.StressTest.Peers;

/// <summary>
/// The verb <c>peers dynamodb</c>: how many items of about 1 KB a second are put, got and (ten at a time) queried by parallel
/// clients over HTTP.
/// </summary>
internal static class DynamoDBPeerBenchmark
{
    private const double Target = 3;
    private const int Rounds = 3;
    private const int PartitionItems = 10;

    private static readonly string[] s_operations = ["PutItem", "GetItem", "Query"];

    public static Command Create()
    {
        var clients = new Option<int>("--clients") { Description = "Parallel clients.", DefaultValueFactory = _ => 32 };
        var seconds = new Option<double>("--seconds") { Description = "How long each operation is measured, three times over after a warm-up.", DefaultValueFactory = _ => 2 };
        var dynalite = new Option<string>("--dynalite") { Description = "Path of dynalite's cli.js; without it, dynalite on the PATH.", DefaultValueFactory = _ => "" };
        var command = new Command("dynamodb", "Puts, gets and queries items.") { clients, seconds, dynalite };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(clients),
            TimeSpan.FromSeconds(result.GetRequiredValue(seconds)),
            result.GetRequiredValue(dynalite),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int clients, TimeSpan duration, string dynalite, CancellationToken cancellationToken)
    {
        var peers = new List<PeerProcess>();
        try
        {
            foreach (var program in new[] { PeerProgram.LocalCloud, PeerProgram.Dynalite(dynalite), PeerProgram.Moto })
            {
                if (await PeerProcess.StartAsync(program, cancellationToken) is { } peer)
                {
                    peers.Add(peer);
                    await CreateTableAsync(peer.Endpoint, cancellationToken);
                }
                else
                {
                    Console.WriteLine($"{program.Name,-12} is not on this machine");
                }
            }

            return Report(peers, await MeasureAsync(peers, clients, duration, cancellationToken), clients);
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    /// <summary>The peers take turns, so that whatever else the machine does meets all of them; the best round counts.</summary>
    /// <returns>Calls a second by peer and operation.</returns>
    private static async Task<double[][]> MeasureAsync(List<PeerProcess> peers, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var rates = peers.Select(_ => new double[s_operations.Length]).ToArray();
        for (var operation = 0; operation < s_operations.Length; operation++)
        {
            for (var round = 0; round <= Rounds; round++)
            {
                for (var peer = 0; peer < peers.Count; peer++)
                {
                    var watch = Stopwatch.StartNew();
                    var calls = await RunClientsAsync(peers[peer].Endpoint, s_operations[operation], clients, duration, cancellationToken);
                    if (round > 0)
                    {
                        // The first round only warms up.
                        rates[peer][operation] = Math.Max(rates[peer][operation], calls / watch.Elapsed.TotalSeconds);
                    }
                }
            }
        }

        return rates;
    }

    private static int Report(List<PeerProcess> peers, double[][] rates, int clients)
    {
        foreach (var (peer, rate) in peers.Zip(rates))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{peer.Name,-12} {rate[0],8:N0} PutItem/s {rate[1],8:N0} GetItem/s {rate[2],8:N0} Query/s ({clients} clients, {peer.Megabytes} MB)"));
        }

        if (peers.Count < 2)
        {
            Console.WriteLine("No peer to compare with.");
            return 0;
        }

        var ratios = s_operations.Select((_, operation) => rates[0][operation] / rates.Skip(1).Max(rate => rate[operation])).ToArray();
        Console.WriteLine(
            "LocalCloud beside the fastest peer: "
            + string.Join(", ", s_operations.Zip(ratios, (operation, ratio) => string.Create(CultureInfo.InvariantCulture, $"{operation} {ratio:N1} times")))
            + $" (target {Target:N0}).");
        return ratios.All(ratio => ratio >= Target) ? 0 : 1;
    }

    private static async Task CreateTableAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        using var connection = Connect(endpoint);
        connection.Call(
            "CreateTable",
            """
            {
              "TableName": "peers", "BillingMode": "PAY_PER_REQUEST",
              "KeySchema": [{ "AttributeName": "p", "KeyType": "HASH" }, { "AttributeName": "s", "KeyType": "RANGE" }],
              "AttributeDefinitions": [{ "AttributeName": "p", "AttributeType": "S" }, { "AttributeName": "s", "AttributeType": "N" }]
            }
            """,
            cancellationToken);
        while (!Encoding.UTF8.GetString(connection.Call("DescribeTable", """{"TableName":"peers"}""", cancellationToken).Span)
            .Contains("ACTIVE", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<long> RunClientsAsync(Uri endpoint, string operation, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        return await PeerClients.RunAsync(clients, client =>
        {
            var requests = Requests(operation, client);
            using var connection = Connect(endpoint);
            var count = 0L;
            for (; watch.Elapsed < duration; count++)
            {
                connection.Call(operation, requests[count % requests.Length], cancellationToken);
            }

            return count;
        });
    }

    private static PeerConnection Connect(Uri endpoint) => new(endpoint, "DynamoDB_20120810", "dynamodb");

    private static string[] Requests(string operation, int client) =>
    [
        .. Enumerable.Range(0, PartitionItems).Select(number => operation switch
        {
            "PutItem" => $$"""{"TableName":"peers","Item":{{Item(client, number)}} }""",
            "GetItem" => $$"""{"TableName":"peers","Key":{"p":{"S":"client-{{client}}"},"s":{"N":"{{number}}"} } }""",
            _ => $$"""{"TableName":"peers","KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"client-{{client}}"} } }""",
        }),
    ];

    private static string Item(int client, int number) =>
        $$"""{"p":{"S":"client-{{client}}"},"s":{"N":"{{number}}"},"bio":{"S":"{{new string('x', 700)}}"},"age":{"N":"31"},"isVisible":{"BOOL":true},"coordinates":{"M":{"lat":{"N":"40.7128"},"lng":{"N":"-74.006"} } },"interests":{"L":[{"S":"music"},{"S":"hiking"},{"S":"chess"}]} }""";
}
