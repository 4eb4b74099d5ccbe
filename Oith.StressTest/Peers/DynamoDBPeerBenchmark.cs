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
        await using var group = await PeerGroup.StartAsync(
            [PeerProgram.LocalCloud, PeerProgram.Dynalite(dynalite), PeerProgram.Moto], cancellationToken);
        foreach (var peer in group.Peers)
        {
            await CreateTableAsync(peer.Endpoint, cancellationToken);
        }

        var rates = new List<double[]>();
        foreach (var operation in s_operations)
        {
            rates.Add(await group.BestAsync(peer => MeasureAsync(peer.Endpoint, operation, clients, duration, cancellationToken), rate => rate));
        }

        return Report(group.Peers, rates, clients);
    }

    /// <param name="rates">Calls a second by operation and peer.</param>
    private static int Report(IReadOnlyList<PeerProcess> peers, List<double[]> rates, int clients)
    {
        for (var i = 0; i < peers.Count; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{peers[i].Name,-12} {rates[0][i],8:N0} PutItem/s {rates[1][i],8:N0} GetItem/s {rates[2][i],8:N0} Query/s ({clients} clients, {peers[i].Megabytes} MB)"));
        }

        if (peers.Count < 2)
        {
            Console.WriteLine("No peer to compare with.");
            return 0;
        }

        var ratios = rates.ConvertAll(rate => rate[0] / rate.Skip(1).Max());
        Console.WriteLine(
            "LocalCloud beside the fastest peer: "
            + string.Join(", ", s_operations.Zip(ratios, (operation, ratio) => string.Create(CultureInfo.InvariantCulture, $"{operation} {ratio:N1} times")))
            + $" (target {Target:N0}).");
        return ratios.TrueForAll(ratio => ratio >= Target) ? 0 : 1;
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

    /// <returns>Calls a second.</returns>
    private static async Task<double> MeasureAsync(Uri endpoint, string operation, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var calls = await PeerClients.RunAsync(clients, client =>
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
        return calls / watch.Elapsed.TotalSeconds;
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
