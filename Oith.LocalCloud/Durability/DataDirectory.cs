using System.Collections.Concurrent;
using System.Globalization;

namespace Oith.LocalCloud.Durability;

/// <summary>
/// The data directory of this process: its lock, and the list of the journals that it has, so that one that is missing is noticed.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    public const string JournalExtension = ".journal";

    private const string ListName = "localcloud.journals";

    /// <summary>How long the mark of a journal may stay behind its last record.</summary>
    public static readonly TimeSpan MarkDelay = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly DirectoryLock _directoryLock;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _listed = new(StringComparer.Ordinal);
    private readonly string _asideSuffix;
    private readonly ConcurrentQueue<Journal> _behind = new();
    private readonly ITimer _marking;
    private bool _isMarking;

    /// <exception cref="DataDirectoryException">Another process has it, it cannot be written, or a journal is missing.</exception>
    public DataDirectory(string path, bool repair, TimeProvider time, ILogger logger)
    {
        (_path, Repair, Logger) = (Path.GetFullPath(path), repair, logger);
        _asideSuffix = ".damaged-" + time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        Create();
        // Of the machine, not of the test or demo: it is about the disk.
        _marking = TimeProvider.System.CreateTimer(_ => MarkAll(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _directoryLock = DirectoryLock.Acquire(_path);
        try
        {
            ReadList();
        }
        catch
        {
            _directoryLock.Dispose();
            throw;
        }
    }

    /// <summary>A damaged journal is set aside instead of refusing the start, and every record that reads is kept.</summary>
    public bool Repair { get; }

    public ILogger Logger { get; }

    public string PathOf(string file) => Path.Combine(_path, file);

    /// <summary>Where a damaged file is moved to; the same for the whole run.</summary>
    public string AsidePathOf(string file)
    {
        var path = PathOf(file + _asideSuffix);
        for (var number = 2; File.Exists(path); number++)
        {
            path = PathOf($"{file}{_asideSuffix}-{number}");
        }

        return path;
    }

    public bool IsListed(string file)
    {
        lock (_lock)
        {
            return _listed.Contains(file);
        }
    }

    /// <summary>Remembers that this directory has the journal.</summary>
    public void List(string file)
    {
        lock (_lock)
        {
            if (_listed.Add(file) && !TryWriteList())
            {
                // Tried again with the next journal, and at the next start.
                _listed.Remove(file);
            }
        }
    }

    /// <summary>Moves the mark of the journal a moment later, once for all records until then.</summary>
    public void MarkSoon(Journal journal)
    {
        _behind.Enqueue(journal);
        if (Interlocked.Exchange(ref _isMarking, true) is false)
        {
            _marking.Change(MarkDelay, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _marking.Dispose();
        _directoryLock.Dispose();
    }

    private void MarkAll()
    {
        Volatile.Write(ref _isMarking, false);
        while (_behind.TryDequeue(out var journal))
        {
            journal.Mark();
        }
    }

    private void Create()
    {
        try
        {
            Directory.CreateDirectory(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(_path, error);
        }
    }

    public static DataDirectoryException Unusable(string path, Exception error) => new(
        File.Exists(path)
            ? $"The data directory {path} cannot be used: a file is in its place. Move the file away, or set another directory."
            : $"The data directory {path} cannot be used: {error.Message} Let this user write to it, make room on its disk, or set another directory.",
        error);

    private void ReadList()
    {
        string[] names;
        try
        {
            names = File.Exists(PathOf(ListName)) ? File.ReadAllLines(PathOf(ListName)) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(_path, error);
        }

        var isChanged = false;
        foreach (var name in names.Where(name => name.Length > 0))
        {
            if (File.Exists(PathOf(name)))
            {
                _listed.Add(name);
            }
            else if (Repair)
            {
                Logger.MissingJournalAccepted(PathOf(name));
                isChanged = true;
            }
            else
            {
                throw new DataDirectoryException(
                    $"The journal {PathOf(name)} is missing, but {PathOf(ListName)} has it. Put it back, or start once with --repair "
                    + $"({LocalCloudOptions.Section}:{nameof(LocalCloudOptions.Repair)}=true) to go on without what it held.");
            }
        }

        if (isChanged)
        {
            TryWriteList();
        }
    }

    private bool TryWriteList()
    {
        try
        {
            var written = PathOf(ListName + ".writing");
            File.WriteAllLines(written, _listed);
            File.Move(written, PathOf(ListName), overwrite: true);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Logger.ListNotWritten(error, PathOf(ListName));
            return false;
        }
    }
}

/// <summary>Opens the journal of each service in the configured data directory, whose lock it has while it lives.</summary>
internal sealed class JournalFactory : IDisposable
{
    private readonly DataDirectory? _directory;

    /// <exception cref="DataDirectoryException">The data directory cannot be used; the message says why and what to do.</exception>
    public JournalFactory(LocalCloudOptions options, TimeProvider time, ILogger<JournalFactory> logger) =>
        _directory = options.DataDirectory is { } path ? new DataDirectory(path, options.Repair, time, logger) : null;

    public Journal Open(string service) => new(_directory, service);

    public void Dispose() => _directory?.Dispose();
}
