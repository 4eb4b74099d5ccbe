using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Oith.LocalCloud.Console;

/// <summary>The files of the console page, which are in this assembly.</summary>
internal sealed class ConsoleAssets
{
    private const string Prefix = "Console/";

    private readonly FrozenDictionary<string, ConsoleAsset> _byPath = Load().ToFrozenDictionary(StringComparer.Ordinal);

    /// <param name="path">Relative to the page: <c>js/app.js</c>; empty for the page itself.</param>
    public ConsoleAsset? Find(string path) => _byPath.GetValueOrDefault(path.Length == 0 ? "index.html" : path);

    private static IEnumerable<KeyValuePair<string, ConsoleAsset>> Load()
    {
        var assembly = typeof(ConsoleAssets).Assembly;
        foreach (var name in assembly.GetManifestResourceNames())
        {
            // Names are made from paths by the build, with the separator of the machine that built.
            var path = name.Replace('\\', '/');
            if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            yield return new(path[Prefix.Length..], new ConsoleAsset(content, ContentTypeOf(path), $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\""));
        }
    }

    private static string ContentTypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"The console page has a file of the type '{other}', which has no content type."),
    };
}

/// <param name="ETag">Quoted, from the content.</param>
internal sealed record ConsoleAsset(byte[] Content, string ContentType, string ETag);
