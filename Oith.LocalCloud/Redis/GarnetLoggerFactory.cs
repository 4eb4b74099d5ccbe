namespace Oith.LocalCloud.Redis;

/// <summary>Puts Garnet's log categories (<c>Store</c>, <c>Session</c>…) under one name, so that a filter can address them.</summary>
internal sealed class GarnetLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    public const string Category = "Garnet";

    public const string ArgumentsCategory = Category + ".ArgParser";

    public ILogger CreateLogger(string categoryName) => inner.CreateLogger($"{Category}.{categoryName}");

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The inner factory belongs to the host.
    }
}
