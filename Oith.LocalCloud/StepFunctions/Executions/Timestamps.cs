using System.Globalization;

namespace Oith.LocalCloud.StepFunctions.Executions;

internal static class Timestamps
{
    /// <summary>As AWS shows times inside data: <c>2026-01-01T00:00:00.000Z</c>.</summary>
    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
