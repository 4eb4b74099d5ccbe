using System.Text.Json;

namespace Oith.StressTest.Reporting;

/// <summary>The folder of <c>--report</c>.</summary>
internal static class ReportFiles
{
    public const string Json = "report.json";
    public const string Html = "report.html";

    public static async Task WriteAsync(LoadReport report, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        folder.Create();
        await using (var stream = File.Create(Path.Combine(folder.FullName, Json)))
        {
            await JsonSerializer.SerializeAsync(stream, report, LoadReportJson.Default.LoadReport, cancellationToken);
        }

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, Html), HtmlReport.Of(report), cancellationToken);
    }
}
