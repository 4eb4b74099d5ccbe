using System.Security.Cryptography;

namespace Oith.LocalCloud.S3;

/// <summary>The objects' bodies, one file each: in the data directory, or in a temporary one that goes with LocalCloud.</summary>
internal sealed class S3Bodies : IDisposable
{
    /// <summary>No body may be longer, in bytes.</summary>
    public const long MaximumLength = 1L << 30;

    private readonly string _directory;
    private readonly bool _isTemporary;

    public S3Bodies(LocalCloudOptions options)
    {
        _isTemporary = options.DataDirectory is null;
        _directory = _isTemporary
            ? Path.Combine(Path.GetTempPath(), "oith-localcloud-s3-" + Guid.NewGuid().ToString("N"))
            : Path.Combine(options.DataDirectory!, "s3");
    }

    /// <summary>A stored body.</summary>
    /// <param name="File">The file's name.</param>
    /// <param name="Md5">Hexadecimal, the ETag of a body that came in one piece.</param>
    public sealed record Body(string File, long Length, string Md5);

    public Writer Create(string? checksumAlgorithm)
    {
        var name = Guid.NewGuid().ToString("N");
        try
        {
            Directory.CreateDirectory(_directory);
            return new Writer(name, PathOf(name), checksumAlgorithm);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw S3Errors.Unwritable(error);
        }
    }

    public FileStream Open(string file) => new(PathOf(file), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, useAsync: true);

    public void Delete(string file) => File.Delete(PathOf(file));

    public void Dispose()
    {
        if (_isTemporary && Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    public string PathOf(string file) => Path.Combine(_directory, file);

    /// <summary>The length of a body's file, null when it is not there.</summary>
    public long? LengthOf(string file) => new FileInfo(PathOf(file)) is { Exists: true } info ? info.Length : null;

    /// <summary>Writes one body; what is not completed is deleted with the writer.</summary>
    public sealed class Writer(string name, string path, string? checksumAlgorithm) : IAsyncDisposable
    {
        private readonly FileStream _stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true);
        private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        private readonly S3Checksum? _checksum = checksumAlgorithm is null ? null : new S3Checksum(checksumAlgorithm);
        private long _length;
        private bool _isComplete;

        /// <summary>The checksum of what was written; null when none was asked for. Read it once, after the last write.</summary>
        public string? FinishChecksum() => _checksum?.Finish();

        /// <exception cref="Wire.AwsServiceException">EntityTooLarge.</exception>
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            _length += data.Length;
            if (_length > MaximumLength)
            {
                throw S3Errors.EntityTooLarge(MaximumLength);
            }

            _md5.AppendData(data.Span);
            _checksum?.Append(data.Span);
            try
            {
                await _stream.WriteAsync(data, cancellationToken);
            }
            catch (IOException error)
            {
                throw S3Errors.Unwritable(error);
            }
        }

        public async ValueTask<Body> CompleteAsync(CancellationToken cancellationToken)
        {
            try
            {
                await _stream.FlushAsync(cancellationToken);
            }
            catch (IOException error)
            {
                throw S3Errors.Unwritable(error);
            }

            _isComplete = true;
            return new Body(name, _length, Convert.ToHexStringLower(_md5.GetHashAndReset()));
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await _stream.DisposeAsync();
            }
            catch (IOException) when (!_isComplete)
            {
                // What could not be written before cannot be written now, and is not wanted.
            }
            finally
            {
                _md5.Dispose();
                _checksum?.Dispose();
                if (!_isComplete)
                {
                    File.Delete(path);
                }
            }
        }
    }
}
