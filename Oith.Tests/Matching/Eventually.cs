namespace Oith.Tests.Matching;

/// <summary>Waits for what another instance or a background task does within a moment.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var tries = 0; tries < 400; tries++)
        {
            if (await condition())
            {
                return;
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.Fail("It did not become true within 20 seconds.");
    }
}
