// dotnet run package.cs -- <published folder> <start script> <zip>: packs the service for Lambda.
//
// The same files give the same bytes, whatever the machine and the hour, so that the zip can be named by its hash. Entries carry Unix permissions even
// where the zip is made on Windows: without the execute bit Lambda could not start the script.
using System.IO.Compression;

const int EndOfDirectoryLength = 22;
const uint Executable = 0x81ED; // regular file, rwxr-xr-x
const uint Readable = 0x81A4; // regular file, rw-r--r--

var (folder, script, zip) = (Path.GetFullPath(args[0]), args[1], args[2]);
var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
    .Select(file => (Name: Path.GetRelativePath(folder, file).Replace('\\', '/'), Path: file))
    .OrderBy(file => file.Name, StringComparer.Ordinal);

using var bytes = new MemoryStream();
using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
{
    // A checkout on Windows may have carriage returns, which /bin/sh would read as part of the command.
    Add(archive, "run.sh", System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(script).ReplaceLineEndings("\n")), Executable);
    foreach (var (name, path) in files)
    {
        Add(archive, name, File.ReadAllBytes(path), Readable);
    }
}

File.WriteAllBytes(zip, MarkAsUnix(bytes.ToArray()));

static void Add(ZipArchive archive, string name, byte[] content, uint mode)
{
    var entry = archive.CreateEntry(name, CompressionLevel.SmallestSize);
    entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    entry.ExternalAttributes = (int)(mode << 16);
    using var stream = entry.Open();
    stream.Write(content);
}

// Each record of the central directory says by which system it was made, at offset 5; only a record of Unix (3) has its permissions read.
static byte[] MarkAsUnix(byte[] zip)
{
    var end = zip.Length - EndOfDirectoryLength;
    var (count, record) = (BitConverter.ToUInt16(zip, end + 10), (int)BitConverter.ToUInt32(zip, end + 16));
    for (var i = 0; i < count; i++)
    {
        zip[record + 5] = 3;
        record += 46 + BitConverter.ToUInt16(zip, record + 28) + BitConverter.ToUInt16(zip, record + 30) + BitConverter.ToUInt16(zip, record + 32);
    }

    return zip;
}
