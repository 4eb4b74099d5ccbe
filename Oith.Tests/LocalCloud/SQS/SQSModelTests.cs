using System.Collections.Concurrent;
using System.Globalization;
using CsCheck;

namespace Oith.Tests.LocalCloud.SQS;

/// <summary>
/// Random sequences of operations from parallel clients. The clock stands still while they run and moves between rounds,
/// so that what may be delivered in a round is known exactly.
/// </summary>
public sealed class SQSModelTests
{
    private const int Clients = 4;

    private const int VisibilitySeconds = 10;

    private enum Act
    {
        Send,
        Receive,
        Delete,
        Release,
    }

    private static readonly Gen<(Act Act, int Number)> s_step = Gen.Select(
        Gen.Frequency(
            (4, Gen.Const(Act.Send)),
            (4, Gen.Const(Act.Receive)),
            (3, Gen.Const(Act.Delete)),
            (1, Gen.Const(Act.Release))),
        Gen.Int[0, 9]);

    // Rounds of each client's steps, with the seconds that pass after each round.
    private static readonly Gen<((Act Act, int Number)[][] Clients, int Seconds)[]> s_rounds =
        Gen.Select(s_step.Array[0, 12].Array[Clients], Gen.Int[0, VisibilitySeconds + 2]).Array[1, 5];

    [Fact]
    public Task Standard_Queue_Loses_And_Doubles_Nothing() => CheckAsync("q");

    [Fact]
    public Task Fifo_Queue_Loses_And_Doubles_Nothing_And_Keeps_Each_Group_In_Order() => CheckAsync("q.fifo");

    private static Task CheckAsync(string name) => s_rounds.SampleAsync(
        async rounds =>
        {
            using var cloud = new SQSCloud();
            var queue = await cloud.CreateQueueAsync(name, ("VisibilityTimeout", VisibilitySeconds.ToString(CultureInfo.InvariantCulture)));
            var model = new Model(cloud, queue, isFifo: name.EndsWith(".fifo", StringComparison.Ordinal));
            foreach (var (clients, seconds) in rounds)
            {
                model.StartRound();
                await Task.WhenAll(clients.Select((steps, client) => Task.Run(() => model.RunAsync(client, steps))));
                model.CheckRound();
                cloud.Pass(seconds);
            }

            await model.CheckRestAsync();
        },
        iter: 60,
        threads: 1);

    private sealed class Model(SQSCloud cloud, string queue, bool isFifo)
    {
        private readonly ConcurrentDictionary<string, bool> _sent = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, bool> _deleting = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, bool> _deleted = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, DateTimeOffset> _hiddenUntil = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, int> _deliveries = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, int> _releases = new(StringComparer.Ordinal);
        private int _next;

        public void StartRound()
        {
            _deliveries.Clear();
            _releases.Clear();
        }

        public async Task RunAsync(int client, (Act Act, int Number)[] steps)
        {
            var held = new List<SQSCloud.Received>();
            foreach (var (act, number) in steps)
            {
                switch (act)
                {
                    case Act.Send:
                        // One client a group, so that the order in which its messages were sent is known.
                        var body = $"{client}/{Interlocked.Increment(ref _next):D6}";
                        await cloud.SendAsync(queue, body, isFifo ? client.ToString(CultureInfo.InvariantCulture) : null);
                        _sent[body] = true;
                        break;
                    case Act.Receive:
                        var received = await cloud.ReceiveAsync(queue, number + 1);
                        Note(received);
                        held.AddRange(received);
                        break;
                    case Act.Delete when held.Count > 0:
                        var finished = Take(held, number);
                        _deleting[finished.Body] = true;
                        await cloud.DeleteAsync(queue, finished);
                        _deleted[finished.Body] = true;
                        break;
                    case Act.Release when held.Count > 0:
                        var released = Take(held, number);
                        _releases.AddOrUpdate(released.Body, 1, (_, count) => count + 1);
                        _hiddenUntil.TryRemove(released.Body, out _);
                        await cloud.ChangeVisibilityAsync(queue, released, 0);
                        break;
                }
            }
        }

        public void CheckRound()
        {
            foreach (var (body, count) in _deliveries)
            {
                Assert.True(count <= 1 + _releases.GetValueOrDefault(body), $"{body} was delivered {count} times within its visibility.");
            }
        }

        /// <summary>What is left when all timeouts have passed is what was sent and not deleted, in order.</summary>
        public async Task CheckRestAsync()
        {
            cloud.Pass(VisibilitySeconds);
            var rest = new List<string>();
            while (await cloud.ReceiveAsync(queue) is { Count: > 0 } received)
            {
                rest.AddRange(received.Select(message => message.Body));
                foreach (var message in received)
                {
                    await cloud.DeleteAsync(queue, message);
                }
            }

            Assert.Equal(_sent.Keys.Except(_deleted.Keys).Order(StringComparer.Ordinal), rest.Order(StringComparer.Ordinal));
            Assert.Equal((0, 0, 0), await cloud.CountAsync(queue));
            if (isFifo)
            {
                Assert.All(rest.GroupBy(body => body[0]), group => Assert.Equal(group.Order(StringComparer.Ordinal), group));
            }
        }

        private static SQSCloud.Received Take(List<SQSCloud.Received> held, int number)
        {
            var message = held[number % held.Count];
            held.Remove(message);
            return message;
        }

        private void Note(IReadOnlyList<SQSCloud.Received> received)
        {
            var now = cloud.Time.GetUtcNow();
            var before = new HashSet<string>(StringComparer.Ordinal);
            foreach (var message in received)
            {
                _deliveries.AddOrUpdate(message.Body, 1, (_, count) => count + 1);
                Assert.False(_deleted.ContainsKey(message.Body), $"{message.Body} was delivered after its deletion.");
                var until = _hiddenUntil.GetValueOrDefault(message.Body);
                Assert.True(until <= now, $"{message.Body} was delivered before {until:O}.");
                _hiddenUntil[message.Body] = now.AddSeconds(VisibilitySeconds);
                if (isFifo)
                {
                    var older = _sent.Keys.Where(body => body[0] == message.Body[0] && string.CompareOrdinal(body, message.Body) < 0);
                    Assert.All(older, body => Assert.True(
                        before.Contains(body) || _deleting.ContainsKey(body), $"{message.Body} was delivered before {body}."));
                }

                before.Add(message.Body);
            }
        }
    }
}
