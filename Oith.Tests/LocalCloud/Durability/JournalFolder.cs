using System.Text;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.LocalCloud.Durability;

namespace Oith.Tests.LocalCloud.Durability;

/// <summary>A data directory of a test, with what is logged about it.</summary>
internal sealed class JournalFolder : IDisposable, ILogger<JournalFactory>
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("oith-journal-");

    public List<string> Logged { get; } = [];

    public string FullName => _directory.FullName;

    public string PathOf(string service) => Path.Combine(FullName, service + ".journal");

    /// <summary>The damaged files of the service that a repair set aside.</summary>
    public string[] Aside(string service) => Directory.GetFiles(FullName, service + ".journal.damaged-*");

    public JournalFactory Open(bool repair = false) =>
        new(new LocalCloudOptions { DataDirectory = FullName, Repair = repair }, TimeProvider.System, this);

    public void Append(string service, params IEnumerable<string> records)
    {
        using var journals = Open();
        using var journal = journals.Open(service);
        foreach (var record in records)
        {
            journal.Append(Encoding.UTF8.GetBytes(record));
        }
    }

    /// <summary>The records as a start reads them.</summary>
    /// <param name="cannotApply">A record that the reader does not understand.</param>
    /// <param name="rewritten">What the service compacts the journal to; null when it does not.</param>
    public List<string> Read(string service, bool repair = false, string? cannotApply = null, IReadOnlyList<string>? rewritten = null)
    {
        using var journals = Open(repair);
        using var journal = journals.Open(service);
        var records = new List<string>();
        journal.Replay(record =>
        {
            var text = Encoding.UTF8.GetString(record);
            records.Add(text == cannotApply ? throw new InvalidDataException("strange") : text);
        });
        if (rewritten is not null)
        {
            journal.Rewrite(rewritten.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text)));
        }

        return records;
    }

    public void Dispose() => _directory.Delete(recursive: true);

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Logged.Add(formatter(state, exception));
}
