using System.Diagnostics;
using System.Globalization;
using Oith.Stack.Population;
using Spectre.Console;

namespace Oith.Stack.SingleProcess;

/// <summary>What a newcomer sees when all is ready: the resources, and lines to copy.</summary>
internal static class ResourceTable
{
    public static void Write(IAnsiConsole console, OithStack stack, OithStackOptions options, TimeSpan elapsed)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var heading in new[] { "Resource", "State", "Address", "What it is" })
        {
            table.AddColumn(new TableColumn(heading).NoWrap());
        }

        foreach (var resource in stack.Resources)
        {
            table.AddRow(new Text(resource.Name), new Text("ready", new Style(Color.Green)), new Text(resource.Address), new Text(resource.Kind));
        }

        console.Write(table);
        using var process = Process.GetCurrentProcess();
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Ready in {elapsed.TotalSeconds:F1} s, {process.WorkingSet64 / (1024 * 1024)} MB."));
        console.WriteLine();
        console.WriteLine("Try next (copy a line):");
        // Written past Spectre.Console, which would wrap a line that must be copied whole.
        foreach (var line in TryNext(stack, options))
        {
            console.Profile.Out.Writer.WriteLine("  " + line);
        }

        console.WriteLine();
        console.WriteLine("Ctrl+C stops everything.");
    }

    private static IEnumerable<string> TryNext(OithStack stack, OithStackOptions options)
    {
        var service = stack.Service.GetLeftPart(UriPartial.Authority);
        var endpoint = stack.Endpoint.GetLeftPart(UriPartial.Authority);
        if (options.Users > 0)
        {
            var user = SyntheticPopulation.EmailOf(1);
            yield return $"curl {service}/api/match/next -H 'content-type: application/json' -d '{{\"userEmail\":\"{user}\"}}'";
            yield return $"curl {service}/api/match/requests -H 'content-type: application/json' -d '{{\"userEmail\":\"{user}\"}}'";
            yield return $"curl {service}/api/profiles/{user}";
        }

        yield return $"AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION={options.LocalCloud.Region} aws --endpoint-url {endpoint} cloudformation describe-stacks";
        yield return $"{endpoint}   # the console, in a browser";
        yield return $"{service}/scalar   # the API, in a browser";
    }
}
