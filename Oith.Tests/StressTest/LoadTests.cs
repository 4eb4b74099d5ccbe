using System.Text;
using Oith.Stack.Population;
using Oith.StressTest.Crowds;
using Oith.StressTest.Faults;
using Oith.StressTest.Invariants;
using Oith.StressTest.Load;
using Oith.StressTest.Measurement;

namespace Oith.Tests.StressTest;

public sealed class LoadTests
{
    [Fact]
    public void Arrivals_Come_At_The_Rate_And_Are_The_Same_For_A_Seed()
    {
        var profile = LoadProfile.Create("standard", 1000, TimeSpan.FromSeconds(20));

        var arrivals = Arrivals(profile, seed: 7);

        Assert.Equal(arrivals, Arrivals(profile, seed: 7));
        Assert.NotEqual(arrivals, Arrivals(profile, seed: 8));
        Assert.InRange(arrivals.Count(arrival => arrival.IsMeasured), 19_000, 21_000);
        Assert.InRange(arrivals.Count(arrival => !arrival.IsMeasured), 10_500, 11_500);
        Assert.Equal(arrivals.OrderBy(arrival => arrival.At), arrivals);
        Assert.True(arrivals[^1].At < profile.Duration);
    }

    [Theory]
    [InlineData("ramp", 550)]
    [InlineData("spike", 1400)]
    [InlineData("soak", 1000)]
    public void Profile_Says_What_Rate_It_Measures(string name, double rate) =>
        Assert.Equal(rate, LoadProfile.Create(name, 1000, TimeSpan.FromSeconds(100)).MeasuredRate, precision: 3);

    [Theory]
    [InlineData("standard", nameof(Operation.Status), 0.4)]
    [InlineData("status=30,Accept=10", nameof(Operation.Accept), 0.25)]
    public void Mix_Has_The_Shares_It_Was_Given(string text, string operation, double share) =>
        Assert.Equal(share, Mix.Parse(text, out _)!.ShareOf(Enum.Parse<Operation>(operation)), precision: 6);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("status=0")]
    [InlineData("status=1,status=2")]
    [InlineData("follow=1")]
    [InlineData("1=1")]
    public void Mix_Is_Refused_With_A_Reason_When_It_Is_None(string text)
    {
        Assert.Null(Mix.Parse(text, out var problem));
        Assert.Contains("A mix is one of standard", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_Is_Refused_With_A_Reason_When_It_Is_Unknown()
    {
        Assert.Null(Fault.Parse("redis-slow,flood", out var problem));
        Assert.Contains("'flood'", problem, StringComparison.Ordinal);
        Assert.Equal(10, Fault.Parse("standard", out _)!.Count);
    }

    [Theory]
    [InlineData("""{"match":{"email":"user000042@oith.example","firstName":"}","interests":["a"],"state":"accepted"},"message":"x","performance":{"source":"hand","scanned":3}}""", 42, nameof(Hand.Accepted), 3, false)]
    [InlineData("""{"match":null,"stats":{"pool":1},"performance":{"source":"direct","scanned":12,"cells":2}}""", 0, nameof(Hand.Empty), 12, true)]
    [InlineData("""{"match":{"email":"ann@example.com","state":"connected"}}""", -1, nameof(Hand.Connected), -1, false)]
    [InlineData("", 0, nameof(Hand.Empty), -1, false)]
    public void Answer_Is_Read(string json, int match, string hand, int scanned, bool isFresh)
    {
        var answer = AnswerReader.Read(Outcome.Ok, Encoding.UTF8.GetBytes(json));

        Assert.Equal(new Answer(Outcome.Ok, match, Enum.Parse<Hand>(hand), scanned, isFresh, Request: null, RetryAfter: null), answer);
    }

    [Fact]
    public void Answer_Tells_The_State_Of_A_Request()
    {
        var json = """{"requestId":"5f0c4d9e-51f5-4f5c-a2a5-3bb8b0b4e6f0","status":"completed","match":{"email":"user000007@oith.example","compatibility":80}}"""u8;

        var answer = AnswerReader.Read(Outcome.Ok, json);

        Assert.Equal((RequestState.Completed, 7, Hand.Undecided), (answer.Request, answer.Match, answer.Hand));
    }

    [Fact]
    public void Crowd_Lets_A_Person_Do_One_Thing_At_A_Time_And_Ask_Seldom()
    {
        var crowd = new Crowd(1, new Random(1));
        var asked = 0;
        for (var now = 0.0; now < 60; now++)
        {
            var (operation, person) = crowd.Take(Operation.Next, now)!.Value;
            Assert.Null(crowd.Take(Operation.Status, now));
            asked += operation == Operation.Next ? 1 : 0;
            crowd.Return(person, Hand.Empty, 0);
        }

        // Twenty a minute are allowed, wherever the service's minute begins.
        Assert.InRange(asked, 1, 10);
    }

    [Fact]
    public void Crowd_Decides_Only_About_What_Is_In_The_Hand()
    {
        var crowd = new Crowd(2, new Random(1));
        Assert.Equal(Operation.Next, crowd.Take(Operation.Accept, 0)!.Value.Operation);
        crowd.Return(crowd[1], Hand.Undecided, 2);
        crowd.Return(crowd[2], Hand.Empty, 0);

        var (operation, person) = crowd.Take(Operation.Accept, 0)!.Value;

        Assert.Equal((Operation.Accept, 1, 2), (operation, person.Number, person.Match));
    }

    [Fact]
    public async Task Stall_Is_Charged_For_Everybody_Who_Came_Meanwhile()
    {
        var stall = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (first, seen) = (0, 0);
        await using var service = await StallingService.StartAsync(async () =>
        {
            if (Interlocked.Exchange(ref first, 1) == 0)
            {
                _ = Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None).ContinueWith(_ => stall.SetResult(), TaskScheduler.Default);
            }

            Interlocked.Increment(ref seen);
            await stall.Task;
        });
        var measurements = new Measurements();
        using var client = new ServiceClient(
            [service.Address], TimeSpan.FromSeconds(30), new ProfileBodies(new SyntheticPopulation(), TimeProvider.System), TimeProvider.System);
        using var generator = new LoadGenerator(
            client, new Crowd(1000, new Random(1)), Mix.Parse("status=1", out _)!, measurements, new RunLog(), new Random(2), maxInFlight: 1000);

        var profile = new LoadProfile("test", [new LoadPhase("steady", TimeSpan.FromSeconds(2), 100, 100)]);
        await generator.RunAsync(profile, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        // Nobody waited to send until the stall was over: half came meanwhile, the first of them waited longest.
        var figures = measurements.Read();
        Assert.Equal(seen, figures.Offered);
        Assert.InRange(figures.Offered, 140, 270);
        Assert.InRange(figures.Latency.Max, 900, 30_000);
        Assert.InRange(figures.Latency.P90, 500, 30_000);
        Assert.Equal(0, figures.Errors);
    }

    [Fact]
    public async Task Requests_Are_Shed_As_Errors_When_Too_Many_Are_Under_Way()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = await StallingService.StartAsync(() => end.Task);
        var measurements = new Measurements();
        using var client = new ServiceClient(
            [service.Address], TimeSpan.FromSeconds(30), new ProfileBodies(new SyntheticPopulation(), TimeProvider.System), TimeProvider.System);
        using var generator = new LoadGenerator(
            client, new Crowd(1000, new Random(1)), Mix.Parse("status=1", out _)!, measurements, new RunLog(), new Random(2), maxInFlight: 5);

        var run = generator.RunAsync(
            new LoadProfile("test", [new LoadPhase("steady", TimeSpan.FromSeconds(1), 100, 100)]), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        while (generator.InFlight < 5 || measurements.Read().Errors < 20)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        end.SetResult();
        await run;
        Assert.Equal(measurements.Read().Errors, measurements.Read().Operations[Operation.Status].Outcomes[Outcome.Shed]);
    }

    private static List<(TimeSpan At, bool IsMeasured)> Arrivals(LoadProfile profile, int seed)
    {
        var schedule = new ArrivalSchedule(profile, new Random(seed));
        var arrivals = new List<(TimeSpan, bool)>();
        while (schedule.TryNext(out var at, out var isMeasured))
        {
            arrivals.Add((at, isMeasured));
        }

        return arrivals;
    }
}
