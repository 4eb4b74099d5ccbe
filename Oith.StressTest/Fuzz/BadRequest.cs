using System.Text;

namespace Oith.StressTest.Fuzz;

/// <summary>One request that no client should send.</summary>
/// <param name="Header">A header that is sent along; empty for none.</param>
/// <param name="IsOwn">True when the fuzzing user's own token goes along.</param>
internal sealed record BadRequest(string Method, string Path, string ContentType, byte[] Body, string Header, string HeaderValue, bool IsOwn)
{
    private const int LongestShown = 600;

    /// <summary>Enough of it to send it again.</summary>
    public override string ToString()
    {
        var body = Encoding.UTF8.GetString(Body);
        var shown = body.Length > LongestShown ? $"{body[..LongestShown]}… ({body.Length} characters)" : body;
        return $"{Method} {Path} {ContentType}{(Header.Length > 0 ? $" {Header}: {HeaderValue[..Math.Min(80, HeaderValue.Length)]}" : "")}{(IsOwn ? " (own token)" : "")} {shown}";
    }
}
