using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Oith.LocalCloud.ApiGateway;

/// <summary>The HTTP APIs that are configured.</summary>
internal sealed partial class HttpApiTable
{
    private const int ShortestTimeout = 50;
    private const int LongestTimeout = 30_000;
    private const int LargestPort = 65_535;

    /// <exception cref="OptionsValidationException">A value is wrong; the message names it.</exception>
    public HttpApiTable(LocalCloudOptions options)
    {
        var failures = Failures(options).ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(LocalCloudOptions.Section, typeof(LocalCloudOptions), failures);
        }

        All = [.. options.HttpApis.Select(api => new HttpApi(api.Key, api.Value.Url!, TimeSpan.FromMilliseconds(api.Value.TimeoutMilliseconds)))];
    }

    public IReadOnlyList<HttpApi> All { get; }

    /// <summary>
    /// Returns the HTTP API that plays those of a stack: the only one that is configured, or of several the one whose name is the stack's
    /// or its last part (<c>matching</c> of <c>oith-development-matching</c>); null when there is none.
    /// </summary>
    public HttpApi? OfStack(string stackName) => All.Count == 1
        ? All[0]
        : All.FirstOrDefault(api => stackName == api.Name || stackName.EndsWith('-' + api.Name, StringComparison.Ordinal));

    private static IEnumerable<string> Failures(LocalCloudOptions options)
    {
        foreach (var (name, api) in options.HttpApis)
        {
            var setting = $"{LocalCloudOptions.Section}:{nameof(LocalCloudOptions.HttpApis)}:{name}";
            if (!NamePattern().IsMatch(name))
            {
                yield return $"{setting}: the name must be 1 to 64 letters, digits, dots, dashes and underscores.";
            }

            if (api.Port is < 0 or > LargestPort)
            {
                yield return $"{setting}:{nameof(api.Port)} must be a port from 0 (any free one) to {LargestPort}, not {api.Port}.";
            }
            else if (api.Port > 0 && api.Port == options.Port)
            {
                yield return $"{setting}:{nameof(api.Port)} must not be {api.Port}, because {LocalCloudOptions.Section}:{nameof(options.Port)} is.";
            }

            if (api.Url is not { IsAbsoluteUri: true, Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" })
            {
                yield return $"{setting}:{nameof(api.Url)} must be the absolute URL of the function's process, for example http://localhost:31234, "
                    + (api.Url is null ? "and is missing." : $"not '{api.Url.OriginalString}'.");
            }

            if (api.TimeoutMilliseconds is < ShortestTimeout or > LongestTimeout)
            {
                yield return $"{setting}:{nameof(api.TimeoutMilliseconds)} must be {ShortestTimeout} to {LongestTimeout}, not {api.TimeoutMilliseconds}.";
            }
        }

        foreach (var shared in options.HttpApis.Where(api => api.Value.Port > 0).GroupBy(api => api.Value.Port).Where(group => group.Count() > 1))
        {
            yield return $"{LocalCloudOptions.Section}:{nameof(LocalCloudOptions.HttpApis)}: {string.Join(" and ", shared.Select(api => api.Key))} have the same Port {shared.Key}.";
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$")]
    private static partial Regex NamePattern();
}
