namespace Oith.Tests.Matching;

/// <summary>Waits for what another instance or a background task does within a moment.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var tries = 0; tries < 1200; tries++)
        {
            if (await condition())
            {
                return;
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.Fail("It did not become true within a minute.");
    }

    /// <summary>The first value that is not null.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> read) where T : class
    {
        T? value = null;
        await TrueAsync(async () => (value = await read()) is not null);
        return value!;
    }
}
